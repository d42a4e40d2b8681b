import { join } from 'node:path';
import { brokerTopics, provisionPulsar } from '@risk-budget/messaging';
import { Broker, missingRequirement } from '@risk-budget/pulsar';
import { brokerServices } from '../definitions.js';
import type { StartBus } from './bus.js';

/** The tenant of every deployment on this machine: each has a broker of its own. */
const TENANT = 'risk-budget';

export class NoBrokerError extends Error {
  readonly code = 'STANDALONE.NO_BROKER';
}

/** A real Pulsar broker, each service with a token of its own and no more rights than it needs. */
export const startPulsarBus: StartBus = async ({ layout, say }) => {
  const missing = missingRequirement();
  if (missing !== undefined)
    throw new NoBrokerError(`A Pulsar broker cannot run here: ${missing}. npm start needs neither Java nor Maven.`);
  say('Starting Pulsar');
  const broker = await Broker.start({ dir: join(layout.dataDir, 'pulsar'), say });
  try {
    const { steps } = await provisionPulsar({
      adminUrl: broker.adminUrl,
      token: await broker.token(),
      tenant: TENANT,
      topics: brokerTopics(brokerServices),
      apply: true,
    });
    say(`Pulsar ready on ${broker.webSocketUrl}, ${steps.length} steps of provisioning`);
  } catch (error) {
    await broker.stop();
    throw error;
  }
  return {
    url: `${broker.webSocketUrl}?tenant=${TENANT}`,
    secretsOf: async (role) => ({ token: await broker.token(role) }),
    crash: async () => {
      await broker.kill();
      await broker.restart();
    },
    stop: () => broker.stop(),
  };
};
