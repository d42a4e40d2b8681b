import {
  createCovariance,
  createFactorModel,
  createReturns,
  type Covariance,
  type EvaluationModel,
  type FactorModel,
  type Returns,
  type RiskModelMatrix,
} from '@risk-budget/risk-math';

/** A name that the model does not have: k × the equal-weighted mean of the members stands for it. */
export interface MissingName {
  readonly instrumentId: string;
  /** Rows of its sector's members in the model, none of them a proxy; at least one. */
  readonly members: readonly number[];
}

/** A model and its scenarios with stand-ins for missing names at the end. */
export interface ExtendedModel {
  readonly model: EvaluationModel;
  readonly returns: Returns | undefined;
}

/**
 * Adds names to a model as combinations of its own rows: k × the equal-weighted mean of their sector's members, with
 * k = max(1, median member volatility / volatility of the mean) out of the model's covariance. The matrix stays positive
 * semi-definite, and the scenarios of the new names are the same combinations. In factor form the specific risks of the
 * members are averaged as if they were one risk of the new name's own.
 *
 * @param returns T×n scenarios of the model's instruments
 */
export function extendModel(
  model: EvaluationModel,
  returns: Returns | undefined,
  missing: readonly MissingName[],
): ExtendedModel {
  if (missing.length === 0) return { model, returns };
  const weights = missing.map((name) => combination(model.matrix, name.members));
  const instrumentIds = [...model.instrumentIds, ...missing.map((name) => name.instrumentId)];
  const matrix =
    model.matrix.kind === 'covariance'
      ? extendCovariance(model.matrix, weights, instrumentIds)
      : extendFactorModel(model.matrix, weights, instrumentIds);
  return {
    model: { modelId: model.modelId, instrumentIds, matrix },
    returns: returns === undefined ? undefined : extendReturns(returns, weights, instrumentIds),
  };
}

/** A weight for each of some rows. */
interface Combination {
  readonly rows: readonly number[];
  /** The same for each row: k / number of rows. */
  readonly weight: number;
}

function combination(matrix: RiskModelMatrix, rows: readonly number[]): Combination {
  const volatilities = rows.map((row) => Math.sqrt(matrix.variances[row] ?? 0)).sort((a, b) => a - b);
  const middle = volatilities.length >>> 1;
  const median =
    volatilities.length % 2 === 1
      ? (volatilities[middle] ?? 0)
      : ((volatilities[middle - 1] ?? 0) + (volatilities[middle] ?? 0)) / 2;
  const mean: Combination = { rows, weight: 1 / rows.length };
  const own = Math.sqrt(
    Math.max(0, matrix.kind === 'covariance' ? covarianceOf(matrix, mean, mean) : factorVariance(matrix, mean)),
  );
  return { rows, weight: (own > 0 ? Math.max(1, median / own) : 1) / rows.length };
}

function covarianceOf(matrix: Covariance, a: Combination, b: Combination): number {
  let total = 0;
  for (const i of a.rows) for (const j of b.rows) total += matrix.values[i * matrix.size + j] ?? 0;
  return total * a.weight * b.weight;
}

function extendCovariance(matrix: Covariance, added: readonly Combination[], ids: readonly string[]): Covariance {
  const { size } = matrix;
  const wide = size + added.length;
  const values = new Float64Array(wide * wide);
  for (let i = 0; i < size; i++) values.set(matrix.values.subarray(i * size, (i + 1) * size), i * wide);
  added.forEach((own, k) => {
    const row = size + k;
    for (let j = 0; j < size; j++) {
      const value = covarianceOf(matrix, own, { rows: [j], weight: 1 });
      values[row * wide + j] = value;
      values[j * wide + row] = value;
    }
    for (let other = 0; other <= k; other++) {
      const value = covarianceOf(matrix, own, added[other] ?? own);
      values[row * wide + size + other] = value;
      values[(size + other) * wide + row] = value;
    }
  });
  return createCovariance(values, wide, { ids, repair: matrix.repair });
}

function factorVariance(matrix: FactorModel, own: Combination): number {
  const exposures = averageExposures(matrix, own);
  let total = specificVariance(matrix, own);
  for (let a = 0; a < matrix.factors; a++) {
    for (let b = 0; b < matrix.factors; b++) {
      total += (exposures[a] ?? 0) * (matrix.factorCovariance[a * matrix.factors + b] ?? 0) * (exposures[b] ?? 0);
    }
  }
  return total;
}

function averageExposures(matrix: FactorModel, { rows, weight }: Combination): Float64Array {
  const exposures = new Float64Array(matrix.factors);
  for (const row of rows) {
    for (let a = 0; a < matrix.factors; a++) {
      exposures[a]! += weight * (matrix.exposures[row * matrix.factors + a] ?? 0);
    }
  }
  return exposures;
}

function specificVariance(matrix: FactorModel, { rows, weight }: Combination): number {
  return rows.reduce((sum, row) => sum + weight * weight * (matrix.specificVariances[row] ?? 0), 0);
}

function extendFactorModel(matrix: FactorModel, added: readonly Combination[], ids: readonly string[]): FactorModel {
  const size = matrix.size + added.length;
  const exposures = new Float64Array(size * matrix.factors);
  const specificVariances = new Float64Array(size);
  exposures.set(matrix.exposures);
  specificVariances.set(matrix.specificVariances);
  added.forEach((own, k) => {
    exposures.set(averageExposures(matrix, own), (matrix.size + k) * matrix.factors);
    specificVariances[matrix.size + k] = specificVariance(matrix, own);
  });
  const { factors, factorCovariance, factorIds, repair } = matrix;
  return createFactorModel(size, factors, { exposures, factorCovariance, specificVariances, ids, factorIds, repair });
}

function extendReturns(returns: Returns, added: readonly Combination[], ids: readonly string[]): Returns {
  const { observations, assets } = returns;
  const wide = assets + added.length;
  const values = new Float64Array(observations * wide);
  for (let t = 0; t < observations; t++) {
    const row = returns.values.subarray(t * assets, (t + 1) * assets);
    values.set(row, t * wide);
    added.forEach((own, k) => {
      let total = 0;
      for (const member of own.rows) total += own.weight * (row[member] ?? 0);
      values[t * wide + assets + k] = total;
    });
  }
  return createReturns(values, observations, wide, ids);
}
