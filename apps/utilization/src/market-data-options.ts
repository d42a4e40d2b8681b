import type { MarketDataOptions } from '@risk-budget/market-data';

/** Everything: whatever moves a price, a position, a model or a budget moves utilization. */
export const marketDataOptions: MarketDataOptions = {
  ticks: true,
  positions: true,
  riskModels: true,
  budgetPlans: true,
};
