import type { RiskModelMethod } from '@risk-budget/contracts';
import {
  columnOf,
  conditionNumber,
  createReturns,
  ewmaCovariance,
  ledoitWolf,
  multiply,
  nearestPositiveSemiDefinite,
  relativeFactors,
  sampleCovariance,
  timeSeriesFactorModel,
  toDense,
  type Covariance,
  type FactorModel,
  type Returns,
} from '@risk-budget/risk-math';

/** Instruments beyond which no dense matrix is built: its eigenvalues cost n³. */
export const DENSE_LIMIT = 1000;

/** Returns whose columns are named. */
export type NamedReturns = Returns & { readonly ids: readonly string[] };

/** What an estimator makes of returns. */
export type EstimatedModel =
  | {
      readonly form: 'covariance';
      readonly matrix: Covariance;
      readonly shrinkage: number | undefined;
      readonly conditionNumber: number | null;
    }
  | {
      readonly form: 'factor';
      readonly matrix: FactorModel & { readonly factorIds: readonly string[] };
      /** By instrument. */
      readonly rSquared: Float64Array;
      readonly conditionNumber: number | null;
      readonly factorConditionNumber: number;
    };

/**
 * Estimates the covariance of daily returns by a policy's method. A matrix that is not positive semi-definite beyond
 * rounding is replaced by the nearest one that is, and carries the repair.
 *
 * @param returns T×n simple daily returns, oldest first
 * @throws RiskMathError as the estimators do; `invalidInput` when a factor's instrument is no column
 */
export function estimateModel(returns: NamedReturns, method: RiskModelMethod): EstimatedModel {
  switch (method.method) {
    case 'sample':
      return dense(sampleCovariance(returns), undefined);
    case 'ewma':
      return dense(ewmaCovariance(returns, { halfLifeDays: method.halfLifeDays }), undefined);
    case 'ledoitWolf': {
      const { covariance, shrinkage } = ledoitWolf(returns, method.target);
      return dense(covariance, shrinkage);
    }
    case 'timeSeriesFactor':
      return factorForm(returns, method.marketInstrumentId, method.factorInstrumentIds);
  }
}

function dense(estimate: Covariance, shrinkage: number | undefined): EstimatedModel {
  const matrix = nearestPositiveSemiDefinite(estimate.values, estimate.size, estimate.ids);
  return { form: 'covariance', matrix, shrinkage, conditionNumber: conditionNumber(matrix) };
}

function factorForm(returns: NamedReturns, marketId: string, others: readonly string[]): EstimatedModel {
  const market = { id: marketId, values: column(returns, marketId) };
  const factors = relativeFactors(market, columns(returns, others));
  const fit = timeSeriesFactorModel(returns, factors);
  const covariance = nearestPositiveSemiDefinite(fit.model.factorCovariance, fit.model.factors, factors.ids);
  const matrix: FactorModel & { readonly factorIds: readonly string[] } = {
    ...fit.model,
    factorCovariance: covariance.values,
    factorIds: factors.ids,
    repair: covariance.repair,
  };
  return {
    form: 'factor',
    matrix,
    rSquared: fit.rSquared,
    conditionNumber: conditionOfFactorForm(matrix),
    factorConditionNumber: fit.conditionNumber,
  };
}

/** Exact where the matrix may be written out; beyond, the bound largest eigenvalue / smallest specific variance. */
function conditionOfFactorForm(model: FactorModel): number | null {
  if (model.size <= DENSE_LIMIT) return conditionNumber(toDense(model));
  const smallest = model.specificVariances.reduce((least, value) => Math.min(least, value), Infinity);
  return smallest > 0 ? largestEigenvalue(model) / smallest : null;
}

/** By power iteration, to 1e-6: the market stands far above the rest. */
function largestEigenvalue(model: FactorModel): number {
  let vector = new Float64Array(model.size).fill(1 / Math.sqrt(model.size));
  let eigenvalue = 0;
  for (let iteration = 0; iteration < 1000; iteration++) {
    const product = multiply(model, vector);
    const norm = Math.sqrt(product.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) return 0;
    if (Math.abs(norm - eigenvalue) <= 1e-6 * norm) return norm;
    eigenvalue = norm;
    vector = product.map((value) => value / norm);
  }
  return eigenvalue;
}

function column(returns: NamedReturns, id: string): Float64Array {
  return columnOf(returns, returns.ids.indexOf(id));
}

function columns(returns: NamedReturns, ids: readonly string[]): NamedReturns {
  const values = new Float64Array(returns.observations * ids.length);
  ids.forEach((id, position) => {
    column(returns, id).forEach((value, day) => (values[day * ids.length + position] = value));
  });
  return { ...createReturns(values, returns.observations, ids.length, ids), ids };
}
