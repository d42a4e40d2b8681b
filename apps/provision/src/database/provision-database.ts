import { provisionBus } from '@risk-budget/messaging';
import { provision } from '@risk-budget/persistence';
import type { Settings } from './settings.js';

/**
 * Provisions the database of a deployment, and says what each service is then to be given.
 *
 * @param say takes the plan, line by line, before anything is done, and what comes of it
 * @throws `PERSISTENCE.TIMESCALE_REQUIRED` when the server has no TimescaleDB and it is required
 */
export async function provisionDatabase(settings: Settings, say: (line: string) => void): Promise<void> {
  const { adminUrl, services, bus, timescale, planOnly } = settings;
  const apply = !planOnly;
  const { steps } = await provision(adminUrl, services, { apply, timescale, print: say });
  const busSteps = bus === undefined ? [] : (await provisionBus(adminUrl, { ...bus, apply, print: say })).plan.steps;
  if (planOnly) {
    if (steps.length + busSteps.length > 0) say('Nothing was changed: run it again without --plan.');
    return;
  }
  say('\nDone. For each service, with its passwords:');
  for (const { name } of services) {
    say(`  ${name.padEnd(12)} migrate by  DATABASE_OWNER_URL=${shown(adminUrl, `${name}_owner`)}`);
    say(`  ${''.padEnd(12)} run by      DATABASE_URL=${shown(adminUrl, `${name}_app`)}`);
  }
  if (bus !== undefined) say(`  every one    run by      MESSAGING_URL=embedded:${shown(adminUrl, 'bus_app')}`);
}

/** A URL for another role, its password left out. */
function shown(adminUrl: string, role: string): string {
  const { protocol, host, pathname, search } = new URL(adminUrl);
  return `${protocol}//${role}:…@${host}${pathname}${search}`;
}
