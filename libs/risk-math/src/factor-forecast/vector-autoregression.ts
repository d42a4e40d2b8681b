import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { leastSquares } from '../linear-algebra/least-squares.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** A fitted vector autoregression; with one series an autoregression. */
export interface VectorAutoregression {
  readonly order: number;
  readonly assets: number;
  readonly observations: number;
  /** n: the constant of each series. */
  readonly intercepts: Float64Array;
  /** order × n × n: element (l, i, j) is the effect of series j, l + 1 days back, on series i. */
  readonly coefficients: Float64Array;
  /** n×n covariance of the residuals, over observations less regressors. */
  readonly residualCovariance: Float64Array;
  /** The last `order` days, oldest first: what a forecast starts from. */
  readonly last: Float64Array;
  /** Whether a shock dies out: the spectral radius of the companion matrix is below 1. */
  readonly stable: boolean;
}

/**
 * VAR(p) by least squares, equation by equation: y_t = c + Σ_l A_l y_{t−l} + u_t.
 *
 * Source: Lütkepohl, New Introduction to Multiple Time Series Analysis (2005), section 3.2.
 *
 * @param series T×n, oldest first
 * @throws RiskMathError `tooFewObservations` unless T > p + 2 (1 + n p); `outOfDomain` when the regressors depend on each other
 */
export function fitVectorAutoregression(series: Returns, order: number): VectorAutoregression {
  requireInteger(order, 1, 'order');
  const { values, observations, assets } = series;
  requireReturns(series, 'series');
  const columns = 1 + assets * order;
  requireObservations(observations, order + 2 * columns + 1, `a vector autoregression of order ${order}`);
  const rows = observations - order;
  const sizes = sizesOf(values, assets);
  const scaled = values.map((value, at) => value / sizes[at % assets]!);
  const design = new Float64Array(rows * columns);
  const targets = new Float64Array(rows * assets);
  for (let row = 0; row < rows; row++) {
    const t = row + order;
    design[row * columns] = 1;
    for (let lag = 1; lag <= order; lag++) {
      for (let j = 0; j < assets; j++) {
        design[row * columns + 1 + (lag - 1) * assets + j] = scaled[(t - lag) * assets + j]!;
      }
    }
    for (let i = 0; i < assets; i++) targets[row * assets + i] = scaled[t * assets + i]!;
  }
  const { coefficients } = leastSquares(Float64Array.from(design), Float64Array.from(targets), rows, columns, assets);
  const covariance = residualCovariance(design, targets, coefficients, rows, columns, assets);
  const effects = new Float64Array(order * assets * assets);
  for (let lag = 0; lag < order; lag++) {
    for (let i = 0; i < assets; i++) {
      for (let j = 0; j < assets; j++) {
        effects[(lag * assets + i) * assets + j] =
          (coefficients[(1 + lag * assets + j) * assets + i]! * sizes[i]!) / sizes[j]!;
      }
    }
  }
  return {
    order,
    assets,
    observations: rows,
    intercepts: Float64Array.from({ length: assets }, (_, i) => coefficients[i]! * sizes[i]!),
    coefficients: effects,
    residualCovariance: covariance.map((value, p) => value * sizes[Math.floor(p / assets)]! * sizes[p % assets]!),
    last: values.slice((observations - order) * assets),
    stable: isStable(effects, order, assets),
  };
}

/** A path of means, and the covariance of the forecast's error on each day. */
export interface VectorForecast {
  /** horizonDays × n. */
  readonly means: Float64Array;
  /** horizonDays × n × n. */
  readonly errorCovariances: Float64Array;
}

/**
 * Means by iteration, error covariances Σ_{k<h} Φ_k Σ Φ_kᵀ, Φ the moving-average matrices; parameters taken as known.
 *
 * Source: Lütkepohl (2005), section 2.2.2.
 *
 * @throws RiskMathError `invalidInput` on a fit with other lengths or numbers that are not finite; `outOfDomain` where means or errors
 *   grow beyond all numbers
 */
export function forecastVectorAutoregression(fit: VectorAutoregression, horizonDays: number): VectorForecast {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireFit(fit);
  const { order, assets, intercepts, last } = fit;
  const path = new Float64Array((order + horizonDays) * assets);
  path.set(last);
  for (let day = order; day < order + horizonDays; day++) {
    for (let i = 0; i < assets; i++) path[day * assets + i] = intercepts[i]! + effectOf(fit, path, day, i);
  }
  const square = assets * assets;
  const moving = new Float64Array(horizonDays * square);
  const errorCovariances = new Float64Array(horizonDays * square);
  for (let day = 0; day < horizonDays; day++) {
    fillMoving(fit, moving, day);
    if (day > 0) errorCovariances.copyWithin(day * square, (day - 1) * square, day * square);
    addSandwich(errorCovariances, day * square, moving, fit.residualCovariance, assets);
  }
  if (!path.every(Number.isFinite) || !errorCovariances.every(Number.isFinite)) {
    throw new RiskMathError('outOfDomain', 'the forecast grows beyond all numbers', { field: 'horizonDays' });
  }
  return { means: path.slice(order * assets), errorCovariances };
}

/** That a fit, such as one kept elsewhere, is whole. */
function requireFit(fit: VectorAutoregression): void {
  const { order, assets } = fit;
  requireInteger(order, 1, 'order');
  requireInteger(assets, 0, 'assets');
  const lengths = {
    intercepts: assets,
    coefficients: order * assets * assets,
    residualCovariance: assets * assets,
    last: order * assets,
  };
  for (const field of ['intercepts', 'coefficients', 'residualCovariance', 'last'] as const) {
    requireLength(fit[field], lengths[field], field);
    requireFinite(fit[field], field);
  }
  requirePositiveSemiDefinite(fit.residualCovariance, assets, 'residualCovariance');
}

function effectOf(
  { order, assets, coefficients }: VectorAutoregression,
  path: Float64Array,
  day: number,
  i: number,
): number {
  let total = 0;
  for (let lag = 0; lag < order; lag++) {
    for (let j = 0; j < assets; j++) {
      total += coefficients[(lag * assets + i) * assets + j]! * path[(day - lag - 1) * assets + j]!;
    }
  }
  return total;
}

/** Φ_day = Σ_l A_l Φ_{day−l}, Φ_0 = I. */
function fillMoving({ order, assets, coefficients }: VectorAutoregression, moving: Float64Array, day: number): void {
  const square = assets * assets;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      let total = day === 0 && i === j ? 1 : 0;
      for (let lag = 0; lag < Math.min(order, day); lag++) {
        for (let k = 0; k < assets; k++) {
          total += coefficients[(lag * assets + i) * assets + k]! * moving[(day - lag - 1) * square + k * assets + j]!;
        }
      }
      moving[day * square + i * assets + j] = total;
    }
  }
}

function addSandwich(
  out: Float64Array,
  at: number,
  moving: Float64Array,
  covariance: Float64Array,
  assets: number,
): void {
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      let total = 0;
      for (let k = 0; k < assets; k++) {
        for (let l = 0; l < assets; l++) {
          total += moving[at + i * assets + k]! * covariance[k * assets + l]! * moving[at + j * assets + l]!;
        }
      }
      out[at + i * assets + j]! += total;
    }
  }
}

/** Largest size of each series: the regression runs on numbers near 1. 1 for a series of zeros. */
function sizesOf(values: Float64Array, assets: number): Float64Array {
  const sizes = new Float64Array(assets);
  values.forEach((value, at) => (sizes[at % assets] = Math.max(sizes[at % assets]!, Math.abs(value))));
  return sizes.map((size) => (size > 0 ? size : 1));
}

function residualCovariance(
  design: Float64Array,
  targets: Float64Array,
  coefficients: Float64Array,
  rows: number,
  columns: number,
  assets: number,
): Float64Array {
  const result = new Float64Array(assets * assets);
  const rest = new Float64Array(assets);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < assets; i++) {
      rest[i] = targets[row * assets + i]!;
      for (let k = 0; k < columns; k++) rest[i]! -= coefficients[k * assets + i]! * design[row * columns + k]!;
    }
    for (let i = 0; i < assets; i++) {
      for (let j = 0; j < assets; j++) result[i * assets + j]! += (rest[i]! * rest[j]!) / (rows - columns);
    }
  }
  return result;
}

/** Powers of the companion matrix by repeated squaring, scaled: the growth of its norm is its spectral radius. */
function isStable(effects: Float64Array, order: number, assets: number): boolean {
  const size = order * assets;
  let power = new Float64Array(size * size);
  for (let i = 0; i < assets; i++) {
    for (let lag = 0; lag < order; lag++) {
      for (let j = 0; j < assets; j++) power[i * size + lag * assets + j] = effects[(lag * assets + i) * assets + j]!;
    }
  }
  for (let i = assets; i < size; i++) power[i * size + i - assets] = 1;
  let logarithm = 0;
  for (let doubling = 0; doubling < 20; doubling++) {
    const norm = Math.hypot(...power);
    if (norm === 0) return true;
    logarithm = 2 * (logarithm + Math.log(norm));
    power = squared(
      power.map((value) => value / norm),
      size,
    );
  }
  // ln of the norm of the power 2²⁰.
  const norm = Math.hypot(...power);
  return norm === 0 || logarithm + Math.log(norm) < 0;
}

function squared(matrix: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      for (let j = 0; j < size; j++) result[i * size + j]! += matrix[i * size + k]! * matrix[k * size + j]!;
    }
  }
  return result;
}
