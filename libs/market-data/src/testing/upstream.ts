import type { Type } from '@nestjs/common';
import {
  barsPublished,
  clockAdvanced,
  clockReached,
  type BusinessDate,
  type EventDefinition,
} from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, readEvents, type ReceivedEvent } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import type { Prices } from './made-up-prices.js';

/** The upstream side of a service under test, on its bus and its business clock. */
export class Upstream {
  private readonly driver;
  private readonly publisher;
  private clockSequence = 0;

  /** @param handle the service as `startTestService` has started it */
  constructor(
    private readonly handle: {
      readonly messagingUrl: string;
      readonly service: { get<Instance>(token: Type<Instance>): Instance };
    },
    private readonly service: string,
  ) {
    this.driver = createDriver(handle.messagingUrl, { applicationName: 'test' });
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

  /**
   * Moves business time once everything published before has been applied, as the replay does: topics have no order among each
   * other, so that the clock could overtake a price. Waits until the service has done everything that follows.
   */
  async advance(time: string): Promise<void> {
    if (this.clockSequence > 0) await this.settled();
    this.clockSequence++;
    await this.publish(clockAdvanced, time, { time, sequence: this.clockSequence });
    await this.settled();
  }

  /** Waits until the service has settled everything that was published, and published what it made of it. */
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
    const persistence = this.handle.service.get<Persistence>(Persistence);
    if ((await persistence.query('SELECT 1 FROM outbox LIMIT 1')).length > 0) return false;
    return Object.entries(this.publisher.published()).every(
      ([topic, count]) =>
        topic === clockAdvanced.topic.name || (reached.settled[topic]?.['/upstream/test'] ?? 0) >= count,
    );
  }
}
