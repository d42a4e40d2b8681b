import { conditionOfSymmetric } from '../covariance/condition-number.js';
import { sampleCovariance } from '../covariance/sample.js';
import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnMeans } from '../kernels/portable.js';
import { type LeastSquaresFit, leastSquares } from '../linear-algebra/least-squares.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** A factor model with what is needed to judge it. */
export interface TimeSeriesFactorModel {
  /** Exposures, sample factor covariance (ddof 1) and residual variances (RSS / (T − k − 1)), per day. */
  readonly model: FactorModel;
  /** n, per day. */
  readonly intercepts: Float64Array;
  /** n, within [0, 1]; 0 for an asset that does not move. */
  readonly rSquared: Float64Array;
  /** n×(k+1) row-major: the intercept's, then each exposure's. An exact fit has ±Number.MAX_VALUE. */
  readonly tStatistics: Float64Array;
  /** Largest over smallest singular value of the standardised factors; beyond 30 they cannot be told apart well. */
  readonly conditionNumber: number;
  readonly observations: number;
}

/**
 * Time-series factor model r_i = α_i + Σ β_ik f_k + ε_i by least squares with intercept, for all assets on one set of
 * factor returns; Σ = B F Bᵀ + diag(var ε).
 *
 * Source: Sharpe, "A simplified model for portfolio analysis", Management Science 9 (1963), for one factor. Fama and French,
 * "Common risk factors in the returns on stocks and bonds", Journal of Financial Economics 33 (1993), for several. Belsley, Kuh and
 * Welsch, "Regression diagnostics" (1980), chapter 3, for the condition of the factors.
 *
 * @param assets T×n simple returns, as fractions
 * @param factors T×k, the same days
 * @throws RiskMathError `tooFewObservations` below k + 2 days; `outOfDomain` when factors depend on each other or do not
 *   move; `invalidInput` when the days differ or a number is not finite
 */
export function timeSeriesFactorModel(assets: Returns, factors: Returns): TimeSeriesFactorModel {
  const days = assets.observations;
  const count = factors.assets;
  if (factors.observations !== days) {
    throw new RiskMathError('invalidInput', `there are ${days} days of assets and ${factors.observations} of factors`, {
      field: 'factors',
    });
  }
  requireReturns(assets, 'assets');
  requireReturns(factors, 'factors');
  requireObservations(days, count + 2, `a regression on ${count} factors`);
  const fit = regress(assets, factors);
  const condition = conditionOfFactors(factors);
  const freedom = days - count - 1;
  const specificVariances = fit.residualSquares.map((squares) => squares / freedom);
  const exposures = new Float64Array(assets.assets * count);
  for (let i = 0; i < assets.assets; i++) {
    for (let f = 0; f < count; f++) exposures[i * count + f] = fit.coefficients[(f + 1) * assets.assets + i]!;
  }
  const factorCovariance = sampleCovariance(factors);
  return {
    model: createFactorModel(assets.assets, count, {
      exposures,
      factorCovariance: factorCovariance.values,
      specificVariances,
      ids: assets.ids,
      factorIds: factors.ids,
    }),
    intercepts: fit.coefficients.slice(0, assets.assets),
    rSquared: rSquared(assets, fit),
    tStatistics: tStatistics(fit, specificVariances, count + 1),
    conditionNumber: condition,
    observations: days,
  };
}

function regress(assets: Returns, factors: Returns): LeastSquaresFit {
  const columns = factors.assets + 1;
  const design = new Float64Array(assets.observations * columns);
  for (let t = 0; t < assets.observations; t++) {
    design[t * columns] = 1;
    for (let f = 0; f < factors.assets; f++) design[t * columns + 1 + f] = factors.values[t * factors.assets + f]!;
  }
  return leastSquares(design, Float64Array.from(assets.values), assets.observations, columns, assets.assets);
}

/** √ of the condition number of the factors' correlation matrix. */
function conditionOfFactors(factors: Returns): number {
  const { values, variances, size } = sampleCovariance(factors);
  const correlation = values.map((value, at) => {
    const i = Math.floor(at / size);
    const j = at % size;
    return i === j ? 1 : value / Math.sqrt(variances[i]! * variances[j]!);
  });
  const condition = conditionOfSymmetric(correlation, size);
  if (condition === null) {
    throw new RiskMathError('outOfDomain', 'the factors depend on each other', {
      field: 'factors',
      ids: factors.ids ?? [],
    });
  }
  return size === 0 ? 1 : Math.sqrt(condition);
}

function rSquared(assets: Returns, fit: LeastSquaresFit): Float64Array {
  const { observations } = assets;
  const means = columnMeans(assets.values, observations, assets.assets);
  return fit.residualSquares.map((residual, i) => {
    let total = 0;
    for (let t = 0; t < observations; t++) total += (assets.values[t * assets.assets + i]! - means[i]!) ** 2;
    return total > 0 ? Math.min(1, Math.max(0, 1 - residual / total)) : 0;
  });
}

function tStatistics(fit: LeastSquaresFit, specificVariances: Float64Array, columns: number): Float64Array {
  const assets = specificVariances.length;
  const statistics = new Float64Array(assets * columns);
  for (let i = 0; i < assets; i++) {
    for (let c = 0; c < columns; c++) {
      const coefficient = fit.coefficients[c * assets + i]!;
      const statistic = coefficient / Math.sqrt(specificVariances[i]! * fit.inverseDiagonal[c]!);
      statistics[i * columns + c] = Number.isFinite(statistic) ? statistic : Math.sign(coefficient) * Number.MAX_VALUE;
    }
  }
  return statistics;
}
