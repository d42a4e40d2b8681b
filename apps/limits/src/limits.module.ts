import { Module } from '@nestjs/common';
import { MarketDataModule, type MarketDataOptions } from '@risk-budget/market-data';
import { MarketDataHttpModule } from '@risk-budget/market-data-http';
import { BreachJournal } from './breaches/breach-journal.js';
import { BreachLifecycle } from './breaches/breach-lifecycle.js';
import { BreachesController } from './breaches/breaches.controller.js';
import { BreachesQueries } from './breaches/breaches.queries.js';
import { BreachesRepository } from './breaches/breaches.repository.js';
import { BreachesService } from './breaches/breaches.service.js';
import { ComplianceController } from './compliance/compliance.controller.js';
import { ComplianceService } from './compliance/compliance.service.js';
import { DecisionsService } from './definitions/decisions.service.js';
import { LimitDefinitionsConsumer } from './definitions/limit-definitions.consumer.js';
import { LimitPublisher } from './definitions/limit-publisher.js';
import { LimitsController } from './definitions/limits.controller.js';
import { LimitsRepository } from './definitions/limits.repository.js';
import { LimitsService } from './definitions/limits.service.js';
import { OverridesController } from './definitions/overrides.controller.js';
import { OverridesRepository } from './definitions/overrides.repository.js';
import { OverridesService } from './definitions/overrides.service.js';
import { ProposalsService } from './definitions/proposals.service.js';
import { UploadsController } from './definitions/uploads.controller.js';
import { UploadsService } from './definitions/uploads.service.js';
import { EscalationPoliciesController } from './escalation/escalation-policies.controller.js';
import { EscalationPoliciesRepository } from './escalation/escalation-policies.repository.js';
import { EscalationPoliciesService } from './escalation/escalation-policies.service.js';
import { LadderService } from './escalation/ladder.service.js';
import { ActiveBudgets } from './evaluation/active-budgets.js';
import { AlertsConsumer } from './evaluation/alerts.consumer.js';
import { EvaluationService } from './evaluation/evaluation.service.js';
import { LimitHolding } from './evaluation/limit-holding.js';
import { EvaluationsRepository } from './evaluation/evaluations.repository.js';
import { LatestFiguresRepository } from './evaluation/latest-figures.repository.js';
import { LimitEnding } from './evaluation/limit-ending.js';
import { PortfolioLock } from './evaluation/portfolio-lock.js';
import { PreviousHoldings } from './evaluation/previous-holdings.js';
import { LatestStressRepository } from './evaluation/latest-stress.repository.js';
import { SnapshotsConsumer } from './evaluation/snapshots.consumer.js';
import { StressConsumer } from './evaluation/stress.consumer.js';
import { StandingsRepository } from './evaluation/standings.repository.js';
import { AttributionsConsumer } from './explanations/attributions.consumer.js';
import { ExplanationsRepository } from './explanations/explanations.repository.js';
import { NotificationsController } from './notifications/notifications.controller.js';
import { NotificationsRepository } from './notifications/notifications.repository.js';
import { NotificationsService } from './notifications/notifications.service.js';
import { WebhookDispatcher } from './notifications/webhook-dispatcher.js';
import { ExecutionsConsumer } from './pre-trade/executions.consumer.js';
import { PortfolioFigures } from './pre-trade/portfolio-figures.js';
import { PreTradeController } from './pre-trade/pre-trade.controller.js';
import { PreTradeRepository } from './pre-trade/pre-trade.repository.js';
import { PreTradeService } from './pre-trade/pre-trade.service.js';
import { ReservationsController } from './pre-trade/reservations.controller.js';
import { ReservationsRepository } from './pre-trade/reservations.repository.js';
import { ReservationsService } from './pre-trade/reservations.service.js';
import { RebuildingService } from './rebuilding/rebuilding.service.js';
import { PortfolioAccess } from './rest/portfolio-access.js';

/** What this service keeps of the market: everything that a pre-trade check is computed from, ticks aside. */
export const marketDataOptions: MarketDataOptions = { positions: true, riskModels: true, budgetPlans: true };

@Module({
  imports: [MarketDataModule.forService(marketDataOptions), MarketDataHttpModule],
  controllers: [
    LimitsController,
    OverridesController,
    UploadsController,
    LimitDefinitionsConsumer,
    SnapshotsConsumer,
    StressConsumer,
    AlertsConsumer,
    BreachesController,
    EscalationPoliciesController,
    NotificationsController,
    ComplianceController,
    PreTradeController,
    ReservationsController,
    ExecutionsConsumer,
    AttributionsConsumer,
  ],
  providers: [
    LimitsRepository,
    OverridesRepository,
    ProposalsService,
    DecisionsService,
    OverridesService,
    UploadsService,
    LimitsService,
    LimitPublisher,
    LimitEnding,
    PortfolioLock,
    ActiveBudgets,
    PreviousHoldings,
    EvaluationService,
    LimitHolding,
    LatestStressRepository,
    EvaluationsRepository,
    LatestFiguresRepository,
    StandingsRepository,
    ExplanationsRepository,
    BreachesRepository,
    BreachJournal,
    BreachLifecycle,
    BreachesService,
    BreachesQueries,
    EscalationPoliciesRepository,
    EscalationPoliciesService,
    LadderService,
    NotificationsRepository,
    NotificationsService,
    WebhookDispatcher,
    PortfolioAccess,
    ComplianceService,
    PortfolioFigures,
    PreTradeRepository,
    PreTradeService,
    ReservationsRepository,
    ReservationsService,
    RebuildingService,
  ],
})
export class LimitsModule {}
