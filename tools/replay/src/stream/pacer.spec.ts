import { randomUUID } from 'node:crypto';
import { topicPath, topics } from '@risk-budget/contracts';
import type { MessagingDriver, OutgoingMessage, ReadOptions, StoredMessage } from '@risk-budget/messaging';
import { Pacer } from './pacer.js';
import { Settlement } from './settlement.js';
import { Upstream } from './upstream.js';

const clockPath = topicPath(topics.clock);
const answerPath = topicPath(topics.clockReached);

/** A log in memory, with a service behind it that answers the clock when the test lets it. */
class MemoryLog implements Pick<MessagingDriver, 'publish' | 'read' | 'last'> {
  readonly messages: StoredMessage[] = [];
  /** Whether readers that follow hear of nothing new. */
  quiet = false;
  private wake: () => void = () => undefined;

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    for (const message of messages) {
      this.messages.push({
        ...message,
        reference: String(this.messages.length),
        publishedAt: new Date().toISOString(),
      });
    }
    if (!this.quiet) this.wake();
    return Promise.resolve();
  }

  async *read(topic: string, options: ReadOptions = {}): AsyncIterable<StoredMessage[]> {
    for (let at = 0; ;) {
      const found = this.messages.slice(at).filter((message) => message.topic === topic);
      at = this.messages.length;
      if (found.length > 0) yield found;
      if (options.follow !== true || options.signal?.aborted === true) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        options.signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  last(topic: string, key: string): Promise<StoredMessage | undefined> {
    return Promise.resolve(this.messages.filter((message) => message.topic === topic && message.key === key).at(-1));
  }

  clocks(): number[] {
    return this.messages
      .filter((message) => message.topic === clockPath)
      .map(({ payload }) => (JSON.parse(payload) as { data: { sequence: number } }).data.sequence);
  }

  /** The answer of the one service. */
  async answer(clockSequence: number, settled: Record<string, Record<string, number>> = {}): Promise<void> {
    const data = { service: 'limits', instance: 'one', clockSequence, clockTime: now, published: {}, settled };
    const payload = JSON.stringify({
      specversion: '1.0',
      id: randomUUID(),
      source: '/risk-budget/limits',
      type: 'platform.clock-reached.v1',
      subject: 'limits',
      time: now,
      datacontenttype: 'application/json',
      sequence: 1,
      recordedat: now,
      correlationid: 'test',
      data,
    });
    await this.publish([{ topic: answerPath, key: 'limits', orderingKey: 'limits', payload }]);
  }
}

const now = '2020-03-09T21:00:00.000Z';

async function started(timeoutMs = 5000, lookAgainMs?: number) {
  const log = new MemoryLog();
  const driver = log as unknown as MessagingDriver;
  const upstream = new Upstream(driver, 'close');
  const settlement = new Settlement(
    new Map([['limits', 1]]),
    new Map([[topics.bars.name, ['limits']]]),
    upstream.sources,
  );
  const pacer = new Pacer({
    driver,
    upstream,
    settlement,
    timeoutMs,
    ...(lookAgainMs === undefined ? {} : { lookAgainMs }),
  });
  await pacer.start();
  return { log, upstream, pacer };
}

/** Lets everything that is ready happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Pacer', () => {
  it('goes on when the service has reached the clock and settled what was published', async () => {
    const { log, upstream, pacer } = await started();
    const bar = { instrumentId: 'AAPL', time: now, close: '1', adjustmentFactor: '1' };
    await upstream.publishBars([bar], now);
    let arrived = false;
    const advancing = pacer.advance(now).then(() => (arrived = true));
    await turn();
    await log.answer(1);
    await turn();
    expect(arrived).toBe(false);
    await log.answer(1, { [topics.bars.name]: { '/upstream/market-data': 1 } });
    await advancing;
    expect(log.clocks()).toEqual([1]);
    await pacer.stop();
  });

  it('says what is outstanding when a step does not settle', async () => {
    const { pacer } = await started(20);
    await expect(pacer.advance(now)).rejects.toThrow('limits has reached clock 0 of 1');
    await pacer.stop();
  });

  it('reads the answers again when none arrives', async () => {
    const { log, pacer } = await started(5000, 10);
    const advancing = pacer.advance(now);
    await turn();
    log.quiet = true;
    await log.answer(1);
    await advancing;
    await pacer.stop();
  });

  it('never goes back in time', async () => {
    const { log, pacer } = await started();
    const advancing = pacer.advance(now);
    await turn();
    await log.answer(1);
    await advancing;
    await expect(pacer.advance('2020-03-09T20:59:59.000Z')).rejects.toThrow(RangeError);
    await pacer.stop();
  });

  it('goes on from the clock that the log holds', async () => {
    const { log, pacer } = await started();
    const advancing = pacer.advance(now);
    await turn();
    await log.answer(1);
    await advancing;
    await pacer.stop();
    const upstream = new Upstream(log as unknown as MessagingDriver, 'close');
    const settlement = new Settlement(new Map([['limits', 1]]), new Map(), upstream.sources);
    const next = new Pacer({ driver: log as unknown as MessagingDriver, upstream, settlement, timeoutMs: 5000 });
    await next.start();
    const again = next.advance(now);
    await turn();
    await log.answer(2);
    await again;
    expect(log.clocks()).toEqual([1, 2]);
    await next.stop();
  });
});
