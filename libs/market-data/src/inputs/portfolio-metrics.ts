import type { PortfolioMetrics } from '@risk-budget/contracts';
import type { PortfolioEvaluation } from '@risk-budget/risk-math';

/**
 * The figures of a portfolio as a whole, under the names of the contract: the same ones in a snapshot, a what-if and a pre-trade check.
 *
 * @param daysToLiquidate of the slowest position; null when no volume is known
 */
export function portfolioMetricsOf(
  { totals }: Pick<PortfolioEvaluation, 'totals'>,
  daysToLiquidate: number | null,
): PortfolioMetrics {
  const { measures, concentration } = totals;
  return {
    volatilityAnnual: required(measures.volatility, 'volatility'),
    var: required(measures.var, 'var'),
    es: required(measures.es, 'es'),
    historicalVar: measures.historicalVar ?? null,
    historicalEs: measures.historicalEs ?? null,
    trackingErrorAnnual: measures.trackingError ?? null,
    beta: totals.beta,
    gross: totals.gross,
    net: totals.net,
    leverage: totals.leverage,
    cash: totals.cash,
    largestWeight: concentration.byInstrument.largest,
    topFiveWeight: concentration.byInstrument.topFive,
    herfindahl: concentration.byInstrument.herfindahl,
    effectiveNumber: concentration.byInstrument.effectiveNumber,
    largestIssuerWeight: concentration.byIssuer.largest,
    daysToLiquidate,
    diversificationBenefit: required(totals.diversificationBenefit.volatility, 'diversification benefit'),
  };
}

function required(value: number | undefined, name: string): number {
  if (value === undefined) throw new TypeError(`the evaluation has no ${name}`);
  return value;
}
