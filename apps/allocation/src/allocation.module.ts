import { Module } from '@nestjs/common';
import { MARKET_DATA_LISTENER, MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { AdjustmentTimer } from './adjustments/adjustment.timer.js';
import { AdjustmentsController } from './adjustments/adjustments.controller.js';
import { AdjustmentsRepository } from './adjustments/adjustments.repository.js';
import { AdjustmentsService } from './adjustments/adjustments.service.js';
import { PreviewService } from './adjustments/preview.service.js';
import { AllocationsController } from './allocations/allocations.controller.js';
import { AllocationsRepository } from './allocations/allocations.repository.js';
import { AllocationsService } from './allocations/allocations.service.js';
import { DynamicPoliciesController } from './dynamic-policies/dynamic-policies.controller.js';
import { DynamicPoliciesRepository } from './dynamic-policies/dynamic-policies.repository.js';
import { DynamicPoliciesService } from './dynamic-policies/dynamic-policies.service.js';
import { ForecastsConsumer } from './dynamic-policies/forecasts.consumer.js';
import { ReadingsRepository } from './dynamic-policies/readings.repository.js';
import { TargetEvaluator } from './evaluation/target-evaluator.js';
import { PlanActivationService } from './plans/plan-activation.service.js';
import { PlanContentsService } from './plans/plan-contents.service.js';
import { PlanDecisionsController } from './plans/plan-decisions.controller.js';
import { PlanHistoryController } from './plans/plan-history.controller.js';
import { PlanWriter } from './plans/plan-writer.js';
import { PlansController } from './plans/plans.controller.js';
import { PlansRepository } from './plans/plans.repository.js';
import { PlansService } from './plans/plans.service.js';
import { PolicyService } from './plans/policy.service.js';
import { PortfolioAccess } from './portfolio-access.js';
import { ChangeListener } from './rebalancing/change.listener.js';
import { RebalancingRepository } from './rebalancing/rebalancing.repository.js';
import { RebalancingService } from './rebalancing/rebalancing.service.js';
import { RebalancingsController } from './rebalancing/rebalancings.controller.js';
import { TransfersController } from './transfers/transfers.controller.js';
import { TransfersRepository } from './transfers/transfers.repository.js';
import { TransfersService } from './transfers/transfers.service.js';

/** What allocation keeps of the market: weights are looked at when bars come, not at every tick. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [
    AllocationsController,
    PlansController,
    PlanDecisionsController,
    PlanHistoryController,
    TransfersController,
    RebalancingsController,
    DynamicPoliciesController,
    AdjustmentsController,
    ForecastsConsumer,
  ],
  providers: [
    AdjustmentTimer,
    AdjustmentsRepository,
    AdjustmentsService,
    AllocationsRepository,
    AllocationsService,
    ChangeListener,
    DynamicPoliciesRepository,
    DynamicPoliciesService,
    PlanActivationService,
    PlanContentsService,
    PlanWriter,
    PlansRepository,
    PlansService,
    PolicyService,
    PortfolioAccess,
    PreviewService,
    ReadingsRepository,
    RebalancingRepository,
    RebalancingService,
    TargetEvaluator,
    TransfersRepository,
    TransfersService,
    { provide: MARKET_DATA_LISTENER, useExisting: ChangeListener },
  ],
})
export class AllocationModule {}
