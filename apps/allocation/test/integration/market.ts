import {
  barsPublished,
  clockAdvanced,
  clockReached,
  type BusinessDate,
  type EventDefinition,
} from '@risk-budget/contracts';
import { xnys } from '@risk-budget/market-data';
import { createDriver, createUpstreamPublisher, readEvents, type ReceivedEvent } from '@risk-budget/messaging';

/** A series to make up: how much of the market is in it, and its own risk. */
export interface Series {
  readonly instrumentId: string;
  readonly beta: number;
  readonly ownRisk: number;
  /** First day that it has a bar on; the first of all when absent. */
  readonly from?: BusinessDate;
}

/** Reproducible closes: a market and, beside it, each series' own noise. */
export class Prices {
  private readonly closes = new Map<BusinessDate, Map<string, number>>();

  constructor(
    series: readonly Series[],
    readonly days: readonly BusinessDate[],
    seed = 7,
  ) {
    const random = generator(seed);
    const levels = new Map(series.map(({ instrumentId }) => [instrumentId, 100]));
    for (const day of days) {
      const market = 0.02 * random();
      const closes = new Map<string, number>();
      for (const { instrumentId, beta, ownRisk, from } of series) {
        const level = (levels.get(instrumentId) ?? 100) * (1 + beta * market + ownRisk * random());
        levels.set(instrumentId, level);
        if (from === undefined || day >= from) closes.set(instrumentId, level);
      }
      this.closes.set(day, closes);
    }
  }

  bars(day: BusinessDate): { instrumentId: string; time: string; close: string; adjustmentFactor: string }[] {
    return [...(this.closes.get(day) ?? [])].map(([instrumentId, close]) => ({
      instrumentId,
      time: `${day}T21:00:00.000Z`,
      close: close.toFixed(8),
      adjustmentFactor: '1',
    }));
  }
}

/** Trading days of New York that end on a day. */
export function tradingDays(count: number, last: BusinessDate): BusinessDate[] {
  return Array.from({ length: count }, (_, index) => xnys.addBusinessDays(last, index + 1 - count));
}

/** The upstream side of a service under test, on its bus and its business clock. */
export class Upstream {
  private readonly driver;
  private readonly publisher;
  private clockSequence = 0;

  constructor(
    messagingUrl: string,
    private readonly service: string,
  ) {
    this.driver = createDriver(messagingUrl, { applicationName: 'test' });
    this.publisher = createUpstreamPublisher({ driver: this.driver, source: 'test' });
  }

  async publish<Data>(definition: EventDefinition<Data>, occurredAt: string, ...data: Data[]): Promise<void> {
    await this.publisher.publishMany(
      definition,
      data.map((one) => ({ occurredAt, data: one })),
    );
  }

  async history(prices: Prices, days: readonly BusinessDate[]): Promise<void> {
    for (const day of days) {
      await this.publish(barsPublished, `${day}T21:00:00.000Z`, {
        feed: 'close',
        interval: 'P1D',
        bars: prices.bars(day),
      });
    }
  }

  /** Moves business time and waits until the service has done everything that follows. */
  async advance(time: string): Promise<void> {
    this.clockSequence++;
    await this.publish(clockAdvanced, time, { time, sequence: this.clockSequence });
    await this.settled();
  }

  /** Waits until the service has settled everything that was published. */
  async settled(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await this.hasSettled())) {
      if (Date.now() > deadline) throw new Error(`${this.service} has not settled what was published`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async events<Data>(definition: EventDefinition<Data>): Promise<ReceivedEvent<Data>[]> {
    const found: ReceivedEvent<Data>[] = [];
    for await (const event of readEvents(this.driver, definition)) found.push(event);
    return found;
  }

  async close(): Promise<void> {
    await this.driver.close();
  }

  private async hasSettled(): Promise<boolean> {
    const reached = (await this.events(clockReached)).filter(({ data }) => data.service === this.service).at(-1)?.data;
    if (reached === undefined || reached.clockSequence < this.clockSequence) return false;
    return Object.entries(this.publisher.published()).every(
      ([topic, count]) =>
        topic === clockAdvanced.topic.name || (reached.settled[topic]?.['/upstream/test'] ?? 0) >= count,
    );
  }
}

/** Uniform on (−½, ½), the same sequence for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}
