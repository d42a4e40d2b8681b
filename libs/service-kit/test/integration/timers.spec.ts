import { randomUUID } from 'node:crypto';
import { clockAdvanced, clockReached, topics, type Clock } from '@risk-budget/contracts';
import {
  createDriver,
  createUpstreamPublisher,
  readEvents,
  type MessagingDriver,
  type NumberedPublisher,
} from '@risk-budget/messaging';
import { Persistence, rows } from '@risk-budget/persistence';
import { CLOCK, TimerService, type Service } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { Probe, sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

describe('timers', () => {
  let handle: TestServiceHandle;

  afterEach(() => handle?.stop());

  const schedule = async (service: Service, key: string, dueAt: string): Promise<void> => {
    const timers = service.get(TimerService);
    await service
      .get(Persistence)
      .transaction((tx) => timers.schedule(tx, { kind: 'note.reminder', key, dueAt, payload: { key } }));
  };
  const fired = async (): Promise<string[]> => {
    const persistence = handle.service.get(Persistence);
    return (await persistence.query<{ key: string }>('SELECT key FROM fired ORDER BY id')).map((row) => row.key);
  };
  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

  describe('under wall time', () => {
    it('fire exactly once and in order with two instances', async () => {
      handle = await startTestService(sampleService);
      const second = await handle.another();
      await second.start();
      const base = Date.now() + 5000;
      const keys = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`);
      await Promise.all(
        [...keys].reverse().map((key, i) => schedule(handle.service, key, new Date(base + (39 - i)).toISOString())),
      );
      // All must be set before the first is due, or it would rightly fire before earlier ones that are set later.
      expect(Date.now()).toBeLessThan(base);
      await until(async () => (await fired()).length >= 40);
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await fired()).toEqual(keys);
    });

    it('are moved when set again, and do not fire when cancelled', async () => {
      handle = await startTestService(sampleService);
      await schedule(handle.service, 'moved', inMs(60_000));
      await schedule(handle.service, 'cancelled', inMs(5_000));
      await schedule(handle.service, 'moved', inMs(100));
      const timers = handle.service.get(TimerService);
      const persistence = handle.service.get(Persistence);
      for (const times of ['once', 'again']) {
        await persistence.transaction((tx) => timers.cancel(tx, 'note.reminder', 'cancelled'));
        expect([times, await persistence.transaction((tx) => timers.find(tx, 'note.reminder', 'cancelled'))]).toEqual([
          times,
          undefined,
        ]);
      }
      await schedule(handle.service, 'after both', inMs(5_200));
      await until(async () => (await fired()).includes('after both'));
      expect(await fired()).toEqual(['moved', 'after both']);
    });

    it('fire beside a transaction that holds what they lock and moves them, and neither waits for the other', async () => {
      handle = await startTestService(sampleService);
      const persistence = handle.service.get(Persistence);
      const timers = handle.service.get(TimerService);
      await persistence.query("INSERT INTO note (id, portfolio_id, text, version) VALUES ('shared', 'P1', '', 1)");
      const deadlocks = async (): Promise<number> => {
        await persistence.query('SELECT pg_stat_force_next_flush()');
        const [row] = await persistence.query<{ n: number }>(
          'SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()',
        );
        return row?.n ?? 0;
      };
      const before = await deadlocks();
      await schedule(handle.service, 'shared', inMs(200));
      await persistence.transaction(async (tx) => {
        await rows(tx, "SELECT 1 FROM note WHERE id = 'shared' FOR UPDATE");
        // By now the timer is due and waits for the note.
        await until(async () => {
          const [waiting] = await persistence.query<{ n: number }>(
            `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return (waiting?.n ?? 0) > 0;
        });
        await timers.schedule(tx, { kind: 'note.reminder', key: 'shared', dueAt: inMs(0), payload: { key: 'shared' } });
      });
      await until(async () => (await fired()).length > 0);
      expect([await fired(), (await deadlocks()) - before]).toEqual([['shared'], 0]);
    });

    it('survive a restart', async () => {
      handle = await startTestService(sampleService);
      const second = await handle.another();
      await schedule(handle.service, 'late', inMs(300));
      await handle.service.stop();
      await new Promise((resolve) => setTimeout(resolve, 400));
      await second.start();
      await until(() => second.get(Probe).fired.includes('late'));
      expect(second.get(Probe).fired).toEqual(['late']);
    });

    it('are tried again when their handler fails, without holding others up, and are shown meanwhile', async () => {
      handle = await startTestService(sampleService);
      await schedule(handle.service, 'bad', inMs(0));
      await schedule(handle.service, 'good', inMs(50));
      await until(async () => (await fired()).includes('good'));
      const listed = await handle.service.get(TimerService).list({ state: 'failing', limit: 10 });
      expect(listed.items).toEqual([
        expect.objectContaining({
          key: 'bad',
          attempts: expect.any(Number),
          lastError: expect.stringContaining('fails'),
        }),
      ]);
      await until(async () => (await fired()).includes('bad'));
      expect(await fired()).toEqual(['good', 'bad']);
      expect(handle.service.get(Probe).failures).toBe(3);
    });
  });

  describe('in a replay', () => {
    let driver: MessagingDriver;
    let upstream: NumberedPublisher;

    afterEach(() => driver?.close());

    async function startReplay(): Promise<void> {
      handle = await startTestService(sampleService, { config: { CLOCK: 'replay' } });
      driver = createDriver(handle.messagingUrl);
      upstream = createUpstreamPublisher({ driver, source: 'replay' });
    }

    const advance = (sequence: number, time: string): Promise<unknown> =>
      upstream.publish(clockAdvanced, { occurredAt: time, data: { time, sequence } });

    async function answers(): Promise<
      {
        instance: string;
        clockSequence: number;
        clockTime: string;
        settled: Record<string, Record<string, number>>;
        published: Record<string, number>;
      }[]
    > {
      const found = [];
      for await (const event of readEvents(driver, clockReached)) found.push(event.data);
      return found;
    }

    it('fire in the order of their due times when the clock passes them, before the service answers', async () => {
      await startReplay();
      const clock = handle.service.get<Clock>(CLOCK);
      await advance(1, '2020-01-02T08:00:00.000Z');
      await until(() => clock.now() === '2020-01-02T08:00:00.000Z');
      for (const [key, dueAt] of [
        ['c', '2020-01-02T10:00:00.000Z'],
        ['a', '2020-01-02T09:00:00.000Z'],
        ['b', '2020-01-02T10:00:00.000Z'],
        ['later', '2020-01-02T12:00:00.001Z'],
      ] as const) {
        await schedule(handle.service, key, dueAt);
      }
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await fired()).toEqual([]);
      await advance(2, '2020-01-02T12:00:00.000Z');
      await until(async () => (await answers()).some((answer) => answer.clockSequence === 2));
      expect(await fired()).toEqual(['a', 'b', 'c']);
      expect(clock.now()).toBe('2020-01-02T12:00:00.000Z');
    });

    it('wait a moment for one that fails, so that the clock does not pass it by', async () => {
      await startReplay();
      await advance(1, '2020-01-02T08:00:00.000Z');
      await until(async () => (await answers()).length > 0);
      await schedule(handle.service, 'bad', '2020-01-02T09:00:00.000Z');
      await advance(2, '2020-01-02T10:00:00.000Z');
      await until(async () => (await answers()).some((answer) => answer.clockSequence === 2));
      expect(await fired()).toEqual(['bad']);
    });

    it('catch up after a restart with an advance that came meanwhile, and every instance answers', async () => {
      await startReplay();
      await advance(1, '2020-01-02T08:00:00.000Z');
      await until(async () => (await answers()).length > 0);
      await schedule(handle.service, 'missed', '2020-01-03T08:00:00.000Z');
      await handle.service.stop();
      await advance(2, '2020-01-04T08:00:00.000Z');
      const [second, third] = [await handle.another(), await handle.another()];
      await Promise.all([second.start(), third.start()]);
      const of = async (service: Service): Promise<boolean> =>
        (await answers()).some((answer) => answer.instance === service.instance && answer.clockSequence === 2);
      await until(async () => (await of(second)) && (await of(third)));
      expect([...second.get(Probe).fired, ...third.get(Probe).fired]).toEqual(['missed']);
      await second.stop();
      const fourth = await handle.another();
      await fourth.start();
      expect(fourth.get<Clock>(CLOCK).now()).toBe('2020-01-04T08:00:00.000Z');
    });

    it('answer again when numbers grow, and count what was settled and published', async () => {
      await startReplay();
      await advance(1, '2020-01-02T08:00:00.000Z');
      await until(async () => (await answers()).length > 0);
      const token = await handle.bearer({ subject: 'anna', roles: ['riskManager'] });
      const response = await fetch(`${handle.service.url}/v1/notes`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ id: 'n1', portfolioId: 'P1', text: 'x' }),
      });
      expect(response.status).toBe(201);
      await until(async () => (await answers()).at(-1)?.settled[topics.alerts.name]?.['/risk-budget/sample'] === 1);
      expect((await answers()).at(-1)).toMatchObject({ clockSequence: 1, published: { [topics.alerts.name]: 1 } });
      expect(Object.keys((await answers()).at(-1)?.published ?? {})).toEqual([topics.alerts.name]);
    });
  });
});
