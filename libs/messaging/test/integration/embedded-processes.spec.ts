import { setTimeout as sleep } from 'node:timers/promises';
import { orderPlaced, orders } from '../support/events.js';
import { byKey, effectsOf, occurredAt, record, until, useHarness } from '../support/harness.js';
import { startServiceProcess, type ServiceProcess } from '../support/child-process.js';
import { makeEmbeddedDriver } from '../support/embedded-lab.js';

describe('the embedded driver across processes', () => {
  const harness = useHarness(makeEmbeddedDriver);
  const children: ServiceProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.process.exitCode === null) await child.end('SIGKILL');
  });

  const keys = Array.from({ length: 32 }, (_, n) => `k${n}`);
  const start = async (name: string): Promise<ServiceProcess> => {
    const child = startServiceProcess(harness().database.service('second').appUrl, harness().lab.url, name);
    children.push(child);
    await until(() => {
      if (child.process.exitCode !== null) throw new Error(child.lines.join('\n'));
      return child.lines.includes('ready');
    }, 60);
    return child;
  };
  const round = (n: number) => keys.map((key) => ({ occurredAt, data: { key, n } }));

  it('wakes a reader in another process, without waiting for its poll', async () => {
    const child = await start('child');
    const publisher = harness().publisher();
    await publisher.publish(orderPlaced, { occurredAt, data: { key: 'a', n: 0 } });
    await until(() => child.lines.some((line) => line.startsWith('batch')));
    await sleep(2_500); // so that the first heartbeats have counted everybody
    child.lines.splice(0);
    for (let n = 1; n <= 20; n++) {
      await publisher.publish(orderPlaced, { occurredAt, data: { key: 'a', n } });
      await sleep(60);
    }
    const persistence = await harness().persistence('second');
    await until(async () => (await effectsOf(persistence)).length === 21);
    const delays = child.lines.filter((line) => line.startsWith('batch')).map((line) => Number(line.split(' ')[2]));
    delays.sort((a, b) => a - b);
    // The poll comes once a second: a median well below says that it was not waited for.
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(250);
  }, 120_000);

  it('takes the keys of a killed instance over within 10 s, in order and without loss', async () => {
    const child = await start('child');
    const { messaging, persistence } = await harness().instance('second');
    messaging.on(orders.name, record('here'));
    await messaging.start();
    const publisher = harness().publisher();
    let n = 0;
    const share = async (): Promise<Set<string | null>> =>
      new Set((await effectsOf(persistence)).map(({ instance }) => instance));
    await until(async () => {
      await publisher.publishMany(orderPlaced, round(++n));
      await sleep(200);
      return (await share()).size === 2;
    }, 30);
    await child.end('SIGKILL');
    const killed = Date.now();
    await publisher.publishMany(orderPlaced, round(++n));
    await until(async () => (await effectsOf(persistence)).length === n * keys.length, 30);
    expect(Date.now() - killed).toBeLessThan(10_000);
    const expected = Array.from({ length: n }, (_, index) => index + 1);
    for (const numbers of Object.values(byKey(await effectsOf(persistence)))) expect(numbers).toEqual(expected);
  }, 120_000);

  it('gives its keys over at once when it is closed', async () => {
    const child = await start('child');
    const { messaging, persistence } = await harness().instance('second');
    messaging.on(orders.name, record('here'));
    await messaging.start();
    await child.end('SIGTERM');
    expect(child.lines).toContain('stopped');
    const closed = Date.now();
    await harness().publisher().publishMany(orderPlaced, round(1));
    await until(async () => (await effectsOf(persistence)).length === keys.length);
    expect(Date.now() - closed).toBeLessThan(5_000);
    expect(new Set((await effectsOf(persistence)).map(({ instance }) => instance))).toEqual(new Set(['here']));
  }, 120_000);
});
