import type { BudgetPlan, PortfolioMetrics, UtilizationSnapshot } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import type { PortfolioEvaluation } from '@risk-budget/risk-math';
import { codeVersion } from '../version.js';

/** The figures of the portfolio as a whole, under the names of the contract. */
export function metricsOf(
  inputs: Pick<PortfolioInputs, 'daysToLiquidate'>,
  { totals }: Pick<PortfolioEvaluation, 'totals'>,
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
    daysToLiquidate: inputs.daysToLiquidate,
    diversificationBenefit: required(totals.diversificationBenefit.volatility, 'diversification benefit'),
  };
}

/** What stands behind the numbers: enough to compute them again. */
export function lineageOf(
  inputs: Pick<PortfolioInputs, 'positionSequence' | 'priceTime' | 'model' | 'policy' | 'historicalWindow'>,
  plan: Pick<BudgetPlan, 'planId' | 'version'> | null,
): UtilizationSnapshot['lineage'] {
  return {
    positionSequence: inputs.positionSequence,
    priceTime: inputs.priceTime,
    modelId: inputs.model.modelId,
    policy: inputs.policy,
    planId: plan?.planId ?? null,
    planVersion: plan?.version ?? null,
    historicalWindow: inputs.historicalWindow,
    codeVersion,
  };
}

/** Whether enough of the portfolio has a model for its figures to be acted on. */
export function isComplete(inputs: Pick<PortfolioInputs, 'modelledShare' | 'policy'>): boolean {
  return inputs.modelledShare >= inputs.policy.modelledShareFloor;
}

function required(value: number | undefined, name: string): number {
  if (value === undefined) throw new TypeError(`the evaluation has no ${name}`);
  return value;
}
