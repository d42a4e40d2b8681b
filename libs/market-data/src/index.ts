export { seenAt, type AsOf, type Source } from './common/as-of.js';
export { ChangeLog, type ChangedKind, type LoggedChange } from './common/change-log.js';
export * from './errors.js';
export { marketDataMigrations } from './migrations.js';
export { BusinessCalendar, type Session } from './calendar/business-calendar.js';
export { DailySchedule, type BusinessDays } from './calendar/daily-schedule.js';
export { daysBetween } from './calendar/days.js';
export { businessCalendar, xnys } from './calendar/xnys.js';
export { PortfolioArrivals } from './portfolios/portfolio-arrivals.js';
export { PortfolioStore } from './portfolios/portfolio.store.js';
export { InstrumentStore } from './instruments/instrument.store.js';
export { BenchmarkStore } from './benchmarks/benchmark.store.js';
export { FxStore, type Conversion, type RateCoverage, type RatesQuery } from './rates/fx.store.js';
export type { KnownRate } from './rates/conversions.js';
export { CorporateActionStore } from './corporate-actions/corporate-action.store.js';
export type { DividendEntitlement, Holding, Holdings } from './positions/holdings.js';
export { PositionStore, type StatementResult } from './positions/position.store.js';
export { PriceStore, type BarsQuery, type BarsResult, type Coverage, type StoredBar } from './prices/price.store.js';
export { AlignedReturnsService } from './prices/aligned-returns.service.js';
export { DEFAULT_MAXIMUM_CARRY_DAYS } from './prices/alignment.js';
export type { AlignedReturns, AlignedReturnsQuery, ProxiedSeries, SeriesHole } from './prices/aligned-returns.types.js';
export { MarkStore, type Mark } from './prices/mark.store.js';
export { TickStore, type SourcedTick, type TickHour, type TickHoursQuery } from './prices/tick.store.js';
export { PriceHistory } from './prices/price-history.js';
export { RiskModelStore, type LoadedRiskModel } from './models/risk-model.store.js';
export { evaluationModel, riskModelMatrix } from './models/risk-model-matrix.js';
export { BudgetPlanStore } from './models/budget-plan.store.js';
export { MarketDataModule, marketDataTopics, type MarketDataOptions } from './market-data.module.js';
export { ChangeNotifier } from './consumers/change-notifier.js';
export {
  BulkLoader,
  type BulkLoadHooks,
  type BulkLoadRequest,
  type BulkLoadResult,
  type LoadContent,
} from './loading/bulk-loader.js';
export { datasets, type DatasetName } from './loading/datasets.js';
export { LoadFileStore, loadFormats, type Load, type LoadFormat } from './loading/load-file.store.js';
export { PortfolioInputsLoader, type ArrivedTick, type InputsBetween } from './inputs/portfolio-inputs.loader.js';
export { exposureOf, slowestLiquidation, type LiquidityPosition } from './inputs/node-exposure.js';
export { portfolioMetricsOf } from './inputs/portfolio-metrics.js';
export { absoluteBound, assess, held, type AssessedLimit, type Assessment } from './limits/assess.js';
export { budgetsOf, type BudgetLookup } from './limits/budgets-of.js';
export { evaluatedFigures } from './limits/evaluated-figures.js';
export { figureOf, snapshotFigures, type Figures, type NodeFigures } from './limits/figures.js';
export { isRiskMeasure, nodeIdOf } from './limits/limit-nodes.js';
export { UNCLASSIFIED_SECTOR } from './inputs/valuation.js';
export type {
  CashInput,
  HistoricalWindow,
  InputMark,
  InputsLineage,
  PortfolioInputs,
  PortfolioInputsQuery,
  PositionInput,
  Trade,
} from './inputs/portfolio-inputs.types.js';
export {
  MARKET_DATA_LISTENER,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataChangeKind,
  type MarketDataListener,
  type StoredTick,
} from './consumers/market-data-listener.js';
