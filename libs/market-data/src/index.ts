export { seenAt, type AsOf, type Source } from './common/as-of.js';
export * from './errors.js';
export { BusinessCalendar, type Session } from './calendar/business-calendar.js';
export { daysBetween } from './calendar/days.js';
export { businessCalendar, xnys } from './calendar/xnys.js';
export { PortfolioStore } from './portfolios/portfolio.store.js';
export { InstrumentStore } from './instruments/instrument.store.js';
export { BenchmarkStore } from './benchmarks/benchmark.store.js';
export { FxStore, type Conversion } from './rates/fx.store.js';
export { CorporateActionStore } from './corporate-actions/corporate-action.store.js';
export {
  PositionStore,
  type DividendEntitlement,
  type Holding,
  type Holdings,
  type StatementResult,
} from './positions/position.store.js';
export { PriceStore, type BarsQuery, type BarsResult, type Coverage, type StoredBar } from './prices/price.store.js';
export type { AlignedReturns, AlignedReturnsQuery, ProxiedSeries, SeriesHole } from './prices/aligned-returns.types.js';
export { MarkStore, TickStore, type Mark } from './prices/mark.store.js';
export { RiskModelStore, type LoadedRiskModel } from './models/risk-model.store.js';
export { BudgetPlanStore } from './models/budget-plan.store.js';
export { PortfolioInputsLoader } from './inputs/portfolio-inputs.loader.js';
export type {
  CashInput,
  HistoricalWindow,
  InputMark,
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
} from './consumers/market-data-listener.js';
