import { Module } from '@nestjs/common';
import { MARKET_DATA_LISTENER, MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { ChangeExplainer } from './changes/change-explainer.js';
import { ChangeInputBuilder } from './changes/change-input.js';
import { UnitPriceReader } from './changes/unit-prices.js';
import { BreachExplanations } from './explanations/breach-explanations.js';
import { BreachesConsumer } from './explanations/breaches.consumer.js';
import { DailyExplanations } from './explanations/daily-explanations.js';
import { ExplanationDispatcher } from './explanations/explanation-dispatcher.js';
import { ExplanationPublisher } from './explanations/explanation-publisher.js';
import { ExplanationTasksRepository } from './explanations/explanation-tasks.repository.js';
import { ExplanationsController } from './explanations/explanations.controller.js';
import { ExplanationsRepository } from './explanations/explanations.repository.js';
import { ExplanationsService } from './explanations/explanations.service.js';
import { DayReturnsReader } from './performance/day-returns.js';
import { PerformanceController } from './performance/performance.controller.js';
import { PerformanceService } from './performance/performance.service.js';
import { RealisedReturnsConsumer } from './performance/realised-returns.consumer.js';
import { RealisedReturnsRepository } from './performance/realised-returns.repository.js';
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
  controllers: [
    SnapshotsConsumer,
    BreachesConsumer,
    RealisedReturnsConsumer,
    RiskController,
    ExplanationsController,
    PerformanceController,
  ],
  providers: [
    SnapshotRepository,
    SnapshotsService,
    Rebuilder,
    RiskService,
    UnitPriceReader,
    ChangeInputBuilder,
    ChangeExplainer,
    ExplanationTasksRepository,
    ExplanationsRepository,
    ExplanationPublisher,
    BreachExplanations,
    ExplanationDispatcher,
    ExplanationsService,
    DailyExplanations,
    RealisedReturnsRepository,
    DayReturnsReader,
    PerformanceService,
    { provide: MARKET_DATA_LISTENER, useExisting: DailyExplanations },
  ],
})
export class AttributionModule {}
