import { createDriver, provisionBus } from '@risk-budget/messaging';
import { createTestDatabase } from '@risk-budget/persistence/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { testTopics } from './events.js';
import { statement, type MakeDriver } from './harness.js';
import { TcpProxy } from './tcp-proxy.js';

/** The embedded driver on a log in a database of its own. */
export const makeEmbeddedDriver: MakeDriver = async () => {
  const database = await createTestDatabase();
  const { messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
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
    interrupt: async () => {
      const name = new URL(database.adminUrl).pathname.slice(1);
      const server = new URL(database.adminUrl);
      server.pathname = '/postgres';
      const allow = (allowed: boolean) =>
        statement(server.toString(), `ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS ${allowed}`);
      await allow(false);
      await statement(
        server.toString(),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
      await sleep(2_000);
      await allow(true);
    },
    reset: () =>
      statement(
        database.adminUrl,
        'TRUNCATE bus.topic, bus.message, bus.subscription, bus.slot, bus.member, bus.instance',
      ),
    close: () => database.drop(),
  };
};
