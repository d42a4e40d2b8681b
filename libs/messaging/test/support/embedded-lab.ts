import { createDriver, provisionBus } from '@risk-budget/messaging';
import { createTestDatabase } from '@risk-budget/persistence/testing';
import { testTopics } from './events.js';
import { statement, type MakeDriver } from './harness.js';

/** The embedded driver on a log in a database of its own. */
export const makeEmbeddedDriver: MakeDriver = async () => {
  const database = await createTestDatabase();
  const { messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
  return {
    url: messagingUrl,
    adminUrl: database.adminUrl,
    connect: () => createDriver(messagingUrl, { topics: testTopics }),
    reset: () =>
      statement(
        database.adminUrl,
        'TRUNCATE bus.topic, bus.message, bus.subscription, bus.slot, bus.member, bus.instance',
      ),
    close: () => database.drop(),
  };
};
