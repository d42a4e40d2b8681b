import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type Tick } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import { TickStore } from '../prices/tick.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores prices during the day; the listener gets those of a batch together. */
@Controller()
export class TicksConsumer {
  constructor(
    private readonly ticks: TickStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  @EventPattern<string>(topics.ticks.name)
  async onTicks(@Payload() events: readonly ReceivedEvent<Tick>[], @Ctx() { tx }: BatchContext): Promise<void> {
    await this.ticks.put(
      events.map((event) => ({ ...event.data, source: event })),
      tx,
    );
    if (!this.notifier.hasListener) return;
    const newest = await this.ticks.newest([...new Set(events.map((event) => event.data.instrumentId))], tx);
    const changes = events.map((event) => {
      const { instrumentId, time, price } = event.data;
      const latest = Date.parse(time) >= Date.parse(newest.get(instrumentId) ?? time);
      const tick = { instrumentId, price: Number(price), time };
      return changeOf('tick', event, { instrumentIds: [instrumentId], earliest: time, latest, tick });
    });
    await this.notifier.notify(changes, tx);
  }
}
