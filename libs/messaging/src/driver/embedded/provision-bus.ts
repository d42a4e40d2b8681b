import { migrate, provision, type ProvisionPlan } from '@risk-budget/persistence';
import { busMigrations } from './bus-migrations.js';

export interface ProvisionBusOptions {
  ownerPassword: string;
  appPassword: string;
  /** Receives the plan before anything is done. */
  print?: (line: string) => void;
  /** False only plans. Default true. */
  apply?: boolean;
}

/**
 * Makes the log of the embedded driver: schema `bus`, roles `bus_owner` and `bus_app`, tables. Can be run again.
 *
 * @param adminUrl a superuser on the database that is to hold the log
 * @returns the plan, and the MESSAGING_URL for services
 */
export async function provisionBus(
  adminUrl: string,
  options: ProvisionBusOptions,
): Promise<{ plan: ProvisionPlan; messagingUrl: string }> {
  const { ownerPassword, appPassword, print, apply = true } = options;
  const roles = [{ name: 'bus', ownerPassword, appPassword }];
  const plan = await provision(adminUrl, roles, { apply, timescale: 'off', ...(print === undefined ? {} : { print }) });
  const as = (user: string, password: string): string => {
    const url = new URL(adminUrl);
    url.username = user;
    url.password = password;
    return url.toString();
  };
  if (apply) await migrate(as('bus_owner', ownerPassword), 'bus', busMigrations, { timescale: 'off' });
  return { plan, messagingUrl: `embedded:${as('bus_app', appPassword)}` };
}
