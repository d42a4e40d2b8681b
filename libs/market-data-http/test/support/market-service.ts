import { Inject, Injectable, Module } from '@nestjs/common';
import {
  MARKET_DATA_LISTENER,
  marketDataMigrations,
  MarketDataModule,
  marketDataTopics,
  PositionStore,
  seenAt,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataListener,
  type MarketDataOptions,
} from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';

const options: MarketDataOptions = { ticks: true, positions: true, riskModels: true, budgetPlans: true };

/** What the listener was told, and what it could see at that moment. */
@Injectable()
export class Ear implements MarketDataListener {
  readonly heard: MarketDataChange[] = [];
  readonly seen: (number | undefined)[] = [];
  failOn: string | undefined;

  constructor(@Inject(PositionStore) private readonly positions: PositionStore) {}

  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    for (const change of changes) {
      if (change.eventId === this.failOn) throw new Error('the listener failed');
      const [portfolioId] = change.portfolioIds;
      if (change.kind === 'position' && portfolioId !== undefined) {
        const holdings = await this.positions.holdings(portfolioId, seenAt(change.occurredAt), tx);
        this.seen.push(holdings?.sequence);
      }
      this.heard.push(change);
    }
  }
}

@Module({
  imports: [MarketDataModule.forService(options), MarketDataHttpModule],
  providers: [Ear, { provide: MARKET_DATA_LISTENER, useExisting: Ear }],
})
class MarketModule {}

/** A service that does nothing but keep market data. */
export const marketService = defineService({
  name: 'utilization',
  version: '0.0.0',
  description: 'Market data and nothing else',
  module: MarketModule,
  migrations: [...persistenceMigrations, ...marketDataMigrations],
  topics: { consumes: marketDataTopics(options), publishes: [] },
});
