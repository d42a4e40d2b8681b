import { createDriver, provisionBus } from '@risk-budget/messaging';
import { createTestDatabase } from '@risk-budget/persistence/testing';
import { testTopics } from './events.js';
import { statement, type MakeDriver } from './harness.js';
import { TcpProxy } from '@risk-budget/chaos';

/** The embedded driver on a log in a database of its own. */
export const makeEmbeddedDriver: MakeDriver = async () => {
  const database = await createTestDatabase();
  const { messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
  const name = new URL(database.adminUrl).pathname.slice(1);
  const server = new URL(database.adminUrl);
  server.pathname = '/postgres';
  const limitConnections = (most: number) =>
    statement(server.toString(), `ALTER DATABASE "${name}" WITH CONNECTION LIMIT ${most}`);
  return {
    url: messagingUrl,
    adminUrl: database.adminUrl,
    connect: () => createDriver(messagingUrl, { topics: testTopics }),
    connectOnBadLine: async () => {
      const url = new URL(messagingUrl.slice('embedded:'.length));
      const proxy = await TcpProxy.to({ host: url.hostname, port: Number(url.port) });
      url.port = String(proxy.port);
      const driver = createDriver(`embedded:${url.toString()}`, { topics: testTopics });
      return { driver, cut: () => proxy.cut(), close: () => proxy.close() };
    },
    takeAway: async () => {
      await limitConnections(0);
      await statement(
        server.toString(),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    },
    bringBack: () => limitConnections(-1),
    reset: () =>
      statement(
        database.adminUrl,
        'TRUNCATE bus.topic, bus.message, bus.subscription, bus.slot, bus.member, bus.instance',
      ),
    close: () => database.drop(),
  };
};
