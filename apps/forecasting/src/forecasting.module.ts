import { Module } from '@nestjs/common';
import { MARKET_DATA_LISTENER, MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { ModelEstimatesRepository } from './risk-models/model-estimates.repository.js';
import { ModelEstimator } from './risk-models/model-estimator.js';
import { ModelJob } from './risk-models/model-job.js';
import { ModelTriggers } from './risk-models/model-triggers.js';
import { RiskModelsController } from './risk-models/risk-models.controller.js';
import { RiskModelsService } from './risk-models/risk-models.service.js';

/** What forecasting keeps of the market: its universe is every instrument, whoever holds it. */
export const marketDataOptions: MarketDataOptions = { budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [RiskModelsController],
  providers: [
    RiskModelsService,
    ModelEstimatesRepository,
    ModelEstimator,
    ModelJob,
    ModelTriggers,
    { provide: MARKET_DATA_LISTENER, useExisting: ModelTriggers },
  ],
})
export class ForecastingModule {}
