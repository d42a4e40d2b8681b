import { createDriver } from '@risk-budget/messaging';
import { acquireTestBroker, TEST_IDLE_MS } from '@risk-budget/pulsar/testing';
import { PulsarAdmin } from '../../src/driver/pulsar/admin.js';
import { PulsarAccess } from '../../src/driver/pulsar/access.js';
import { testTopics } from './events.js';
import type { MakeDriver } from './harness.js';
import { TcpProxy } from '@risk-budget/chaos';

export type Flavour = 'ws' | 'wss' | 'pulsar' | 'pulsar+ssl';

const namespaces = ['upstream', 'events', 'dead-letters'];
const ROLE = 'tester';

/** A driver of a Pulsar scheme on a tenant of its own, as a role that may only publish and read there. */
export const makePulsarDriver =
  (flavour: Flavour): MakeDriver =>
  async () => {
    const { broker, release } = await acquireTestBroker();
    const tenant = `test-${Math.random().toString(36).slice(2, 10)}`;
    const admin = new PulsarAdmin(new PulsarAccess(broker.webSocketUrl, { token: await broker.token() }));
    const urls = {
      ws: `${broker.webSocketUrl}?tenant=${tenant}&pingSeconds=1`,
      wss: `${broker.webSocketUrlTls}?tenant=${tenant}&pingSeconds=1`,
      pulsar: `${broker.serviceUrl}?tenant=${tenant}&admin=${broker.adminUrl}`,
      'pulsar+ssl': `${broker.serviceUrlTls}?tenant=${tenant}&admin=${broker.adminUrlTls}`,
    };
    const secrets = {
      token: await broker.token(ROLE),
      ...(flavour === 'wss' || flavour === 'pulsar+ssl' ? { caFile: broker.certificateFile } : {}),
    };
    const topicNames = [
      ...testTopics.map(({ name }) => `events/${name}`),
      ...testTopics.map(({ name }) => `dead-letters/${name}.second`),
    ];
    const put = (path: string, body?: object, method = 'PUT') =>
      admin.ask(method, path, { ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    await put(`/tenants/${tenant}`, { allowedClusters: ['standalone'], adminRoles: [] });
    for (const namespace of namespaces) {
      await put(`/namespaces/${tenant}/${namespace}`);
      await put(
        `/namespaces/${tenant}/${namespace}/retention`,
        { retentionTimeInMinutes: -1, retentionSizeInMB: -1 },
        'POST',
      );
      const granted = ['produce', 'consume'];
      await admin.ask('POST', `/namespaces/${tenant}/${namespace}/permissions/${ROLE}`, {
        body: JSON.stringify(granted),
      });
    }
    const makeTopics = () => Promise.all(topicNames.map((name) => put(`/persistent/${tenant}/${name}`)));
    await makeTopics();
    return {
      url: urls[flavour],
      secrets,
      idleMs: TEST_IDLE_MS,
      connect: (own) => createDriver(urls[flavour], { ...secrets, ...own, applicationName: 'test' }),
      connectOnBadLine: async () => {
        const url = new URL(urls[flavour]);
        const proxy = await TcpProxy.to({ host: url.hostname, port: Number(url.port) });
        url.port = String(proxy.port);
        // The administration goes the straight way: only the messages' own connections are lost.
        if (!url.searchParams.has('admin'))
          url.searchParams.set('admin', flavour === 'wss' ? broker.adminUrlTls : broker.adminUrl);
        const driver = createDriver(url.toString(), { ...secrets, applicationName: 'bad-line' });
        return { driver, cut: () => proxy.cut(), close: () => proxy.close() };
      },
      takeAway: () => broker.kill(),
      bringBack: () => broker.restart(),
      reset: async () => {
        await Promise.all(
          topicNames.map((name) => admin.ask('DELETE', `/persistent/${tenant}/${name}?force=true`, { allow: [404] })),
        );
        await makeTopics();
      },
      close: release,
    };
  };
