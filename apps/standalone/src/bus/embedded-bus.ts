import { provisionBus } from '@risk-budget/messaging';
import type { StartBus } from './bus.js';

/** The log in the deployment's own PostgreSQL. */
export const startEmbeddedBus: StartBus = async ({ databaseUrl, secret }) => {
  const { messagingUrl } = await provisionBus(databaseUrl, {
    ownerPassword: secret('bus_owner'),
    appPassword: secret('bus_app'),
  });
  return {
    url: messagingUrl,
    secretsOf: () => Promise.resolve({}),
    stop: () => Promise.resolve(),
  };
};
