import type { ComputePool } from '@risk-budget/compute';
import type { RiskModelMethod } from '@risk-budget/contracts';
import {
  columnOf,
  conditionNumber,
  createReturns,
  largestEigenvalue,
  relativeFactors,
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

/** Runs kernels of risk-math: a process's pool of workers. */
export type Kernels = Pick<ComputePool, 'run'>;

/**
 * Estimates the covariance of daily returns by a policy's method. A matrix that is not positive semi-definite beyond
 * rounding is replaced by the nearest one that is, and carries the repair.
 *
 * @param returns T×n simple daily returns, oldest first
 * @throws RiskMathError as the estimators do; `invalidInput` when a factor's instrument is no column
 */
export async function estimateModel(
  kernels: Kernels,
  returns: NamedReturns,
  method: RiskModelMethod,
): Promise<EstimatedModel> {
  switch (method.method) {
    case 'sample':
      return dense(kernels, await kernels.run('sampleCovariance', [returns]), undefined);
    case 'ewma':
      return dense(
        kernels,
        await kernels.run('ewmaCovariance', [returns, { halfLifeDays: method.halfLifeDays }]),
        undefined,
      );
    case 'ledoitWolf': {
      const { covariance, shrinkage } = await kernels.run('ledoitWolf', [returns, method.target]);
      return dense(kernels, covariance, shrinkage);
    }
    case 'timeSeriesFactor':
      return factorForm(kernels, returns, method.marketInstrumentId, method.factorInstrumentIds);
  }
}

async function dense(
  kernels: Kernels,
  { values, size, ids }: Covariance,
  shrinkage: number | undefined,
): Promise<EstimatedModel> {
  const matrix = await kernels.run('nearestPositiveSemiDefinite', [values, size, ids]);
  return { form: 'covariance', matrix, shrinkage, conditionNumber: conditionNumber(matrix) };
}

async function factorForm(
  kernels: Kernels,
  returns: NamedReturns,
  marketId: string,
  others: readonly string[],
): Promise<EstimatedModel> {
  const market = { id: marketId, values: column(returns, marketId) };
  const factors = relativeFactors(market, columns(returns, others));
  const fit = await kernels.run('timeSeriesFactorModel', [returns, factors]);
  const { model } = fit;
  const covariance = await kernels.run('nearestPositiveSemiDefinite', [
    model.factorCovariance,
    model.factors,
    factors.ids,
  ]);
  const matrix: FactorModel & { readonly factorIds: readonly string[] } = {
    ...model,
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
