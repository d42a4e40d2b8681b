import { brokerTopics, createDriver, provisionPulsar, type BrokerService } from '@risk-budget/messaging';
import { acquireTestBroker, type TestBroker } from '@risk-budget/pulsar/testing';
import { PulsarAccess } from '../../../src/driver/pulsar/access.js';
import { PulsarAdmin } from '../../../src/driver/pulsar/admin.js';
import { answers, orders, states } from '../events.js';

const services: BrokerService[] = [
  { name: 'shop', consumes: [], publishes: [orders] },
  { name: 'store', consumes: [orders], publishes: [states] },
];
const owned = { owner: 'limits' } as const;
const all = [orders, states, answers].map((topic) => ({ ...topic, ...owned }));

/** What the command that provisions a broker promises. */
export function provisioningPromises(): void {
  describe('npm run pulsar:provision', () => {
    let test: TestBroker;
    const tenant = `provision-${Math.random().toString(36).slice(2, 10)}`;
    const lines: string[] = [];

    beforeAll(async () => {
      test = await acquireTestBroker();
    }, 600_000);
    afterAll(() => test.release());

    const run = async (apply: boolean, topics = brokerTopics(services, all)) =>
      provisionPulsar({
        adminUrl: test.broker.adminUrl,
        token: await test.broker.token(),
        tenant,
        topics,
        apply,
        print: (line) => lines.push(line),
      });
    const driverOf = async (role: string) =>
      createDriver(`${test.broker.webSocketUrl}?tenant=${tenant}`, { token: await test.broker.token(role) });
    const admin = async () =>
      new PulsarAdmin(new PulsarAccess(test.broker.webSocketUrl, { token: await test.broker.token() }));
    const message = (name: string) => ({ topic: `events/${name}`, key: 'a', orderingKey: 'a', payload: '{}' });

    it('shows every step before it changes anything, and without --apply changes nothing', async () => {
      const { steps } = await run(false);
      expect(lines[0]).toMatch(/^Tenant provision-\w+ on http:\/\/127\.0\.0\.1:\d+: \d+ steps$/);
      expect(lines.slice(1)).toEqual(steps.map((step) => `  ${step}`));
      expect(steps).toEqual(
        expect.arrayContaining([
          `create tenant ${tenant}`,
          `create namespace ${tenant}/dead-letters`,
          `create topic ${tenant}/events/test.orders`,
          `retention of ${tenant}/events/test.orders: 1 days`,
          `time to live of ${tenant}/events/test.orders: 1 days`,
          `shop may produce and consume on ${tenant}/events/test.orders`,
          `store may consume on ${tenant}/events/test.orders`,
          `create subscription operator on ${tenant}/dead-letters/test.orders.store`,
        ]),
      );
      expect(steps.filter((step) => /(retention|time to live) of \S+\/test\.states/.test(step))).toEqual([]);
      expect((await (await admin()).ask('GET', `/tenants/${tenant}`, { allow: [404] })).status).toBe(404);
    });

    it('makes it, and finds nothing to do when it is run again', async () => {
      expect(await run(true)).toMatchObject({ applied: true });
      lines.length = 0;
      expect((await run(true)).steps).toEqual([]);
      expect(lines[0]).toMatch(/nothing to do$/);
    });

    it('mends what somebody has changed by hand, and nothing else', async () => {
      const broker = await admin();
      const path = `/persistent/${tenant}/events/test.orders`;
      await broker.ask('POST', `${path}/permissions/store`, { body: '["produce","consume"]' });
      await broker.ask('POST', `${path}/permissions/stranger`, { body: '["consume"]' });
      await broker.ask('POST', `${path}/retention`, { body: '{"retentionTimeInMinutes":1,"retentionSizeInMB":1}' });
      const topic = `${tenant}/events/test.orders`;
      expect((await run(true)).steps).toEqual([`retention of ${topic}: 1 days`, `store may consume on ${topic}`]);
      expect((await broker.ask('GET', `${path}/permissions`)).body).toMatchObject({
        store: ['consume'],
        stranger: ['consume'],
      });
    });

    it('lets a service publish what it owns and read what it consumes, and no more', async () => {
      const [shop, store, operator] = [await driverOf('shop'), await driverOf('store'), await driverOf('operator')];
      const subscribe = (driver: typeof shop, topic: string) =>
        driver.subscribe({ topic, subscription: 's', mode: 'shared', onMessages: () => undefined });
      const refused = { code: 'MESSAGING.BROKER_REFUSED' };
      try {
        await shop.publish([message('test.orders')]);
        await store.publish([message('test.states')]);
        await store.publish([{ ...message(''), topic: 'dead-letters/test.orders.store' }]);
        await (await subscribe(store, 'events/test.orders')).close();
        await expect(store.publish([message('test.orders')])).rejects.toMatchObject(refused);
        await expect(shop.publish([message('test.states')])).rejects.toMatchObject(refused);
        await expect(subscribe(shop, 'events/test.states')).rejects.toMatchObject(refused);
        await expect(operator.publish([message('test.orders')])).rejects.toMatchObject(refused);
        expect(await operator.backlog('dead-letters/test.orders.store', 'operator')).toBe(1);
      } finally {
        await Promise.all([shop.close(), store.close(), operator.close()]);
      }
    });
  });
}
