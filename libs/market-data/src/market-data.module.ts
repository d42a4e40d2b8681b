import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { topics, type TopicDefinition } from '@risk-budget/contracts';
import { BenchmarkStore } from './benchmarks/benchmark.store.js';
import { ChangeLog } from './common/change-log.js';
import { BudgetPlansConsumer } from './consumers/budget-plans.consumer.js';
import { ChangeNotifier } from './consumers/change-notifier.js';
import { DefinitionsConsumer } from './consumers/definitions.consumer.js';
import { PositionsConsumer } from './consumers/positions.consumer.js';
import { PricesConsumer } from './consumers/prices.consumer.js';
import { RiskModelsConsumer } from './consumers/risk-models.consumer.js';
import { TicksConsumer } from './consumers/ticks.consumer.js';
import { CorporateActionStore } from './corporate-actions/corporate-action.store.js';
import { PortfolioInputsLoader } from './inputs/portfolio-inputs.loader.js';
import { InstrumentStore } from './instruments/instrument.store.js';
import { BulkLoader } from './loading/bulk-loader.js';
import { LoadFileStore } from './loading/load-file.store.js';
import { BudgetPlanStore } from './models/budget-plan.store.js';
import { RiskModelStore } from './models/risk-model.store.js';
import { PortfolioArrivals } from './portfolios/portfolio-arrivals.js';
import { PortfolioStore } from './portfolios/portfolio.store.js';
import { PositionStore } from './positions/position.store.js';
import { AlignedReturnsService } from './prices/aligned-returns.service.js';
import { MarkStore } from './prices/mark.store.js';
import { PriceHistory } from './prices/price-history.js';
import { PriceStore } from './prices/price.store.js';
import { TickStore } from './prices/tick.store.js';
import { FxStore } from './rates/fx.store.js';

/** What a service keeps of the market; definitions, bars, rates and corporate actions always. */
export interface MarketDataOptions {
  /** Prices during the day. */
  readonly ticks?: boolean;
  /** Position snapshots and changes. */
  readonly positions?: boolean;
  /** Risk models, for everybody but forecasting. */
  readonly riskModels?: boolean;
  /** Budget plans, for everybody but allocation. */
  readonly budgetPlans?: boolean;
}

const stores: Type<unknown>[] = [
  PortfolioStore,
  PortfolioArrivals,
  InstrumentStore,
  BenchmarkStore,
  FxStore,
  CorporateActionStore,
  PositionStore,
  PriceHistory,
  AlignedReturnsService,
  PriceStore,
  TickStore,
  MarkStore,
  RiskModelStore,
  BudgetPlanStore,
  PortfolioInputsLoader,
  BulkLoader,
  LoadFileStore,
];

/**
 * The stores of market data in the service's own schema, and the consumers that fill them. Global: every module of the
 * service may inject the stores. Needs `Persistence`; tells the provider of `MARKET_DATA_LISTENER`, if there is one.
 */
@Module({})
export class MarketDataModule {
  static forService(options: MarketDataOptions = {}): DynamicModule {
    const providers: Provider[] = [ChangeLog, ChangeNotifier, ...stores];
    return {
      module: MarketDataModule,
      global: true,
      providers,
      controllers: [
        DefinitionsConsumer,
        PricesConsumer,
        ...(options.ticks === true ? [TicksConsumer] : []),
        ...(options.positions === true ? [PositionsConsumer] : []),
        ...(options.riskModels === true ? [RiskModelsConsumer] : []),
        ...(options.budgetPlans === true ? [BudgetPlansConsumer] : []),
      ],
      exports: [ChangeLog, ...stores],
    };
  }
}

/** The topics that {@link MarketDataModule.forService} consumes with the same options, for the service's definition. */
export function marketDataTopics(options: MarketDataOptions = {}): TopicDefinition[] {
  return [
    topics.portfolios,
    topics.instruments,
    topics.benchmarks,
    topics.bars,
    topics.fxRates,
    topics.corporateActions,
    ...(options.ticks === true ? [topics.ticks] : []),
    ...(options.positions === true ? [topics.positions, topics.positionChanges] : []),
    ...(options.riskModels === true ? [topics.riskModels] : []),
    ...(options.budgetPlans === true ? [topics.budgets] : []),
  ];
}
