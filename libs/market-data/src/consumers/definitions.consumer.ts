import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type Benchmark, type Instrument, type Portfolio } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import { BenchmarkStore } from '../benchmarks/benchmark.store.js';
import { businessCalendar } from '../calendar/xnys.js';
import { InstrumentStore } from '../instruments/instrument.store.js';
import { PortfolioStore } from '../portfolios/portfolio.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores portfolios, instruments and benchmarks. */
@Controller()
export class DefinitionsConsumer {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly benchmarks: BenchmarkStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  /** @throws MarketDataError `MARKET_DATA.UNKNOWN_CALENDAR`: no deadline could be reckoned for such a portfolio */
  @EventPattern<string>(topics.portfolios.name)
  async onPortfolios(
    @Payload() events: readonly ReceivedEvent<Portfolio>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      businessCalendar(event.data.calendar);
      if (!(await this.portfolios.put(event.data, event, tx))) continue;
      await this.notifier.notify([changeOf('portfolio', event, { portfolioIds: [event.data.portfolioId] })], tx);
    }
  }

  @EventPattern<string>(topics.instruments.name)
  async onInstruments(
    @Payload() events: readonly ReceivedEvent<Instrument>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      const instrumentIds = await this.instruments.put([event.data], event, tx);
      if (instrumentIds.length > 0) await this.notifier.notify([changeOf('instrument', event, { instrumentIds })], tx);
    }
  }

  @EventPattern<string>(topics.benchmarks.name)
  async onBenchmarks(
    @Payload() events: readonly ReceivedEvent<Benchmark>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      if (!(await this.benchmarks.put(event.data, event, tx))) continue;
      const earliest = event.data.kind === 'weights' ? event.data.asOf : event.occurredAt;
      await this.notifier.notify(
        [changeOf('benchmark', event, { benchmarkIds: [event.data.benchmarkId], earliest })],
        tx,
      );
    }
  }
}
