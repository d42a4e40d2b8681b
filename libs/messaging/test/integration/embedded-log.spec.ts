import { topicPath } from '@risk-budget/contracts';
import { createDriver, provisionBus, type StoredMessage } from '@risk-budget/messaging';
import { createPersistence, isInfrastructureError, sqlState } from '@risk-budget/persistence';
import { orders, reports, states } from '../support/events.js';
import { statement, until, useHarness } from '../support/harness.js';
import { makeEmbeddedDriver } from '../support/embedded-lab.js';

const message = (topic: string, key: string, n: number) => ({
  topic,
  key,
  orderingKey: key,
  payload: JSON.stringify({ n }),
});

describe('the embedded log', () => {
  const harness = useHarness(makeEmbeddedDriver);
  const admin = (sql: string) => statement(harness().lab.adminUrl ?? '', sql);
  const stored = async (topic: string): Promise<number[]> => {
    const found: number[] = [];
    for await (const messages of harness().driver().read(topic)) {
      found.push(...messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n));
    }
    return found;
  };

  it('drops old messages of a flow, and of a state all but the last of each key', async () => {
    const driver = harness().driver();
    const [flow, state] = [topicPath(orders), topicPath(states)];
    await driver.publish([1, 2].map((n) => message(flow, 'a', n)));
    await driver.publish([message(state, 'a', 1), message(state, 'a', 2), message(state, 'b', 3)]);
    await admin(`UPDATE bus.message SET published_at = now() - interval '2 days'`);
    await driver.publish([message(flow, 'a', 3)]);
    expect(await driver.prune()).toBe(3);
    expect(await stored(flow)).toEqual([3]);
    expect(await stored(state)).toEqual([2, 3]);
  });

  it('keeps old messages that a subscription has not settled', async () => {
    const driver = harness().driver();
    const flow = topicPath(orders);
    await driver.publish([1, 2].map((n) => message(flow, 'a', n)));
    const got: string[] = [];
    const subscription = await driver.subscribe({
      topic: flow,
      subscription: 's',
      mode: 'shared',
      onMessages: (messages) => {
        got.push(...messages.map(({ reference }) => reference));
        subscription.acknowledge(messages.slice(0, 1));
      },
    });
    await until(() => got.length === 2);
    await subscription.close();
    await admin(`UPDATE bus.message SET published_at = now() - interval '2 days'`);
    await driver.prune();
    expect(await stored(flow)).toEqual([2]);
  });

  it('gives several publishers of one topic positions without gaps', async () => {
    const drivers = [harness().driver(), harness().driver(), harness().driver()];
    const paths = [topicPath(orders), topicPath(states)];
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (drivers[n % 3] ?? harness().driver()).publish(
          n % 2 ? paths.map((path) => message(path, 'a', n)) : paths.toReversed().map((path) => message(path, 'b', n)),
        ),
      ),
    );
    const positions: number[] = [];
    for await (const messages of harness()
      .driver()
      .read(paths[0] ?? ''))
      positions.push(...messages.map(({ reference }) => Number(reference)));
    expect(positions).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  });

  it('writes together what several drivers of a process say again, and goes on when the one that wrote for them has closed', async () => {
    const { lab } = harness();
    const drivers = [lab.connect(), lab.connect(), lab.connect()];
    const reader = harness().driver();
    const path = topicPath(reports);
    const written = async (): Promise<{ n: number; publishedAt: string }[]> => {
      const found: { n: number; publishedAt: string }[] = [];
      for await (const messages of reader.read(path)) {
        found.push(
          ...messages.map(({ payload, publishedAt }) => ({ ...(JSON.parse(payload) as { n: number }), publishedAt })),
        );
      }
      return found;
    };
    await drivers[0]?.publish([message(path, 'a', 0)]);
    await Promise.all(drivers.map((driver, n) => driver.publish([message(path, 'a', n + 1)])));
    const together = (await written()).filter(({ n }) => n > 0);
    expect(together.map(({ n }) => n).sort()).toEqual([1, 2, 3]);
    expect(new Set(together.map(({ publishedAt }) => publishedAt)).size).toBe(1);
    for (const [n, driver] of drivers.entries()) {
      await drivers.at(-1)?.publish([message(path, 'a', 10 + n)]);
      await driver.close();
    }
    expect((await written()).map(({ n }) => n).slice(-3)).toEqual([10, 11, 12]);
  });

  it('gives several services of a process the one message, so that it is read once', async () => {
    const path = topicPath(orders);
    const got = [new Set<StoredMessage>(), new Set<StoredMessage>()] as const;
    for (const messages of got) {
      const subscription = await harness()
        .driver()
        .subscribe({
          topic: path,
          subscription: `service-${got.indexOf(messages)}`,
          mode: 'shared',
          onMessages: (given) => {
            for (const one of given) messages.add(one);
            subscription.acknowledge(given);
          },
        });
    }
    // What a reader was late for it reads from the log, as a message of its own: then the next one is shared.
    let n = 0;
    await until(async () => {
      await harness()
        .driver()
        .publish([message(path, 'a', ++n)]);
      return [...got[0]].some((one) => got[1].has(one));
    });
  });

  it('goes on after the loss of every connection', async () => {
    const driver = harness().driver();
    const got: string[] = [];
    const subscription = await driver.subscribe({
      topic: topicPath(orders),
      subscription: 's',
      mode: 'shared',
      onMessages: (messages) => {
        got.push(...messages.map(({ payload }) => payload));
        subscription.acknowledge(messages);
      },
    });
    await driver.publish([message(topicPath(orders), 'a', 1)]);
    await until(() => got.length === 1);
    await admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bus_app' AND datname = current_database()`,
    );
    await until(async () => {
      try {
        await driver.publish([message(topicPath(orders), 'a', 2)]);
        return true;
      } catch (error) {
        expect(isInfrastructureError(error)).toBe(true);
        return false;
      }
    });
    await until(() => got.length >= 2);
  });

  it('lets its run-time role read and write messages and nothing else', async () => {
    const url = harness().lab.url.slice('embedded:'.length);
    const bus = await createPersistence({ url, schema: 'bus', timescale: 'off' });
    for (const sql of ['DROP TABLE message', 'CREATE TABLE more (id int)', 'ALTER TABLE topic ADD COLUMN more text']) {
      expect(await bus.query(sql).catch((error: unknown) => sqlState(error))).toBe('42501');
    }
    await bus.close();
  });

  it('can be provisioned again', async () => {
    const lines: string[] = [];
    const { plan, messagingUrl } = await provisionBus(harness().lab.adminUrl ?? '', {
      ownerPassword: 'test',
      appPassword: 'test',
      print: (line) => lines.push(line),
    });
    expect(plan.steps).toEqual([]);
    expect(lines[0]).toContain('nothing to do');
    expect(messagingUrl).toBe(harness().lab.url);
  });
});

describe('a MESSAGING_URL', () => {
  it.each([
    ['pulsar://broker:6650', 'needs the parameter admin'],
    ['pulsar://broker:6650?admin=broker', 'admin takes an http(s) URL'],
    ['ws://broker:8080?tenent=x', 'no parameter "tenent"'],
    ['ws://broker:8080?tenant=a/b', 'tenant takes'],
    ['ws://broker:8080?pingSeconds=0', 'pingSeconds takes a number from 0.1 to 240'],
    ['ws://', 'no URL'],
  ])('%s is refused, naming what is wrong with it', (url, reason) => {
    expect(() => createDriver(url)).toThrow(
      expect.objectContaining({ code: 'MESSAGING.BAD_URL', detail: expect.stringContaining(reason) as string }),
    );
  });

  it.each(['kafka://broker', 'nonsense', ''])('"%s" is refused as unknown', (url) => {
    expect(() => createDriver(url)).toThrow(expect.objectContaining({ code: 'MESSAGING.UNKNOWN_SCHEME' }));
  });
});
