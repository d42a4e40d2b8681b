import { Module } from '@nestjs/common';
import { MARKET_DATA_LISTENER, MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { AccuracyController } from './accuracy/accuracy.controller.js';
import { ScoresRepository } from './accuracy/scores.repository.js';
import { ScoringService } from './accuracy/scoring.service.js';
import { BreachProbabilityController } from './breach-probability/breach-probability.controller.js';
import { BreachProbabilityRepository } from './breach-probability/breach-probability.repository.js';
import { BreachProbabilityService } from './breach-probability/breach-probability.service.js';
import { LimitsConsumer } from './breach-probability/limits.consumer.js';
import { ChampionsRepository } from './champions/champions.repository.js';
import { Compute } from './compute.js';
import { CorrelationsController } from './correlations/correlations.controller.js';
import { CorrelationsRepository } from './correlations/correlations.repository.js';
import { CorrelationsService } from './correlations/correlations.service.js';
import { DailyForecastsService } from './daily/daily-forecasts.service.js';
import { ForecastSchedule } from './daily/forecast-schedule.js';
import { ForecastingListener } from './daily/market-data.listener.js';
import { ForecastPolicyController } from './forecast-policy/forecast-policy.controller.js';
import { ForecastPolicyRepository } from './forecast-policy/forecast-policy.repository.js';
import { PortfolioAccess } from './portfolio-access.js';
import { PredictionsConsumer } from './predictions/predictions.consumer.js';
import { PredictionsController } from './predictions/predictions.controller.js';
import { PredictionsRepository } from './predictions/predictions.repository.js';
import { RegimeScoresRepository } from './regimes/regime-scores.repository.js';
import { RegimeScoringService } from './regimes/regime-scoring.service.js';
import { RegimesController } from './regimes/regimes.controller.js';
import { RegimesRepository } from './regimes/regimes.repository.js';
import { RegimesService } from './regimes/regimes.service.js';
import { ModelEstimatesRepository } from './risk-models/model-estimates.repository.js';
import { ModelEstimator } from './risk-models/model-estimator.js';
import { ModelJob } from './risk-models/model-job.js';
import { ModelTriggers } from './risk-models/model-triggers.js';
import { RiskModelsController } from './risk-models/risk-models.controller.js';
import { RiskModelsService } from './risk-models/risk-models.service.js';
import { ReturnsService } from './subjects/returns.service.js';
import { SubjectAccess } from './subjects/subject-access.js';
import { SubjectsService } from './subjects/subjects.service.js';
import { ValueAtRiskController } from './value-at-risk/value-at-risk.controller.js';
import { ValueAtRiskRepository } from './value-at-risk/value-at-risk.repository.js';
import { ForecastsController } from './volatility/forecasts.controller.js';
import { ForecastsRepository } from './volatility/forecasts.repository.js';
import { VolatilityService } from './volatility/volatility.service.js';

/** What forecasting keeps of the market: its universe is every instrument, whoever holds it. */
export const marketDataOptions: MarketDataOptions = { budgetPlans: true, positions: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [
    RiskModelsController,
    ForecastsController,
    CorrelationsController,
    RegimesController,
    ForecastPolicyController,
    AccuracyController,
    PredictionsController,
    PredictionsConsumer,
    ValueAtRiskController,
    BreachProbabilityController,
    LimitsConsumer,
  ],
  providers: [
    PortfolioAccess,
    RiskModelsService,
    ModelEstimatesRepository,
    ModelEstimator,
    ModelJob,
    ModelTriggers,
    Compute,
    ForecastPolicyRepository,
    SubjectAccess,
    SubjectsService,
    ReturnsService,
    VolatilityService,
    ForecastsRepository,
    CorrelationsService,
    CorrelationsRepository,
    ScoringService,
    ScoresRepository,
    ChampionsRepository,
    RegimesService,
    RegimesRepository,
    RegimeScoringService,
    RegimeScoresRepository,
    PredictionsRepository,
    ValueAtRiskRepository,
    BreachProbabilityRepository,
    BreachProbabilityService,
    DailyForecastsService,
    ForecastSchedule,
    ForecastingListener,
    { provide: MARKET_DATA_LISTENER, useExisting: ForecastingListener },
  ],
})
export class ForecastingModule {}
