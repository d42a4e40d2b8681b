import { Module } from '@nestjs/common';
import { MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { SnapshotRepository } from './snapshots/snapshot.repository.js';
import { SnapshotsConsumer } from './snapshots/snapshots.consumer.js';

/** What a snapshot can be computed from again; ticks aside, for each snapshot carries its marks. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true, budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [SnapshotsConsumer],
  providers: [SnapshotRepository],
})
export class AttributionModule {}
