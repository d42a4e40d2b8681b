import { Module } from '@nestjs/common';
import { MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { RiskController } from './risk/risk.controller.js';
import { RiskService } from './risk/risk.service.js';
import { Rebuilder } from './snapshots/rebuilder.js';
import { SnapshotRepository } from './snapshots/snapshot.repository.js';
import { SnapshotsConsumer } from './snapshots/snapshots.consumer.js';
import { SnapshotsService } from './snapshots/snapshots.service.js';

/** What a snapshot can be computed from again; ticks aside, for each snapshot carries its marks. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true, budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [SnapshotsConsumer, RiskController],
  providers: [SnapshotRepository, SnapshotsService, Rebuilder, RiskService],
})
export class AttributionModule {}
