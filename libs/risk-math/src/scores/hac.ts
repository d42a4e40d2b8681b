import { RiskMathError } from '../foundation/risk-math-error.js';
import { inverse } from '../linear-algebra/linear-system.js';

/** Covariance of least-squares coefficients that allows for heteroskedastic and autocorrelated residuals. */
export interface HacCovariance {
  /** p×p row-major. */
  readonly values: Float64Array;
  readonly standardErrors: Float64Array;
}

export interface HacOptions {
  /** Lags of the Bartlett kernel; weights 1 − j/(lags + 1). */
  readonly lags: number;
  /** Multiplies by N/(N − p). Default false. */
  readonly smallSample?: boolean;
}

/**
 * (XᵀX)⁻¹ S (XᵀX)⁻¹ with S = Γ₀ + Σ_j (1 − j/(L + 1)) (Γ_j + Γ_jᵀ), Γ_j = Σ_t u_t u_{t−j} x_t x_{t−j}ᵀ.
 *
 * Source: Newey and West, Econometrica 55 (1987).
 *
 * @param design N×p row-major
 * @throws RiskMathError `outOfDomain` when the columns of the design depend on each other
 */
export function hacCovariance(
  design: Float64Array,
  residuals: Float64Array,
  rows: number,
  columns: number,
  options: HacOptions,
): HacCovariance {
  const products = new Float64Array(columns * columns);
  const weighted = new Float64Array(rows * columns);
  for (let t = 0; t < rows; t++) {
    for (let i = 0; i < columns; i++) {
      const value = design[t * columns + i]!;
      weighted[t * columns + i] = value * residuals[t]!;
      for (let j = 0; j < columns; j++) products[i * columns + j]! += value * design[t * columns + j]!;
    }
  }
  const bread = inverse(products, columns);
  if (bread === null) {
    throw new RiskMathError('outOfDomain', 'the columns of the regressors depend on each other', { field: 'design' });
  }
  const meat = longRunProducts(weighted, rows, columns, Math.min(options.lags, rows - 1));
  const factor = options.smallSample ? rows / (rows - columns) : 1;
  const values = multiply(multiply(bread, meat, columns), bread, columns).map((value) => value * factor);
  const standardErrors = Float64Array.from({ length: columns }, (_, i) =>
    Math.sqrt(Math.max(0, values[i * columns + i]!)),
  );
  return { values, standardErrors };
}

function longRunProducts(weighted: Float64Array, rows: number, columns: number, lags: number): Float64Array {
  const total = new Float64Array(columns * columns);
  for (let lag = 0; lag <= lags; lag++) {
    const weight = 1 - lag / (lags + 1);
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) {
        let product = 0;
        for (let t = lag; t < rows; t++) product += weighted[t * columns + i]! * weighted[(t - lag) * columns + j]!;
        total[i * columns + j]! += weight * product;
        if (lag > 0) total[j * columns + i]! += weight * product;
      }
    }
  }
  return total;
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      for (let j = 0; j < size; j++) result[i * size + j]! += a[i * size + k]! * b[k * size + j]!;
    }
  }
  return result;
}

/** Long-run variance of a mean-zero series: γ₀ + 2 Σ_j w_j γ_j, over N. */
export function longRunVariance(values: Float64Array, lags: number, weights: 'bartlett' | 'uniform'): number {
  const count = values.length;
  let total = 0;
  for (let lag = 0; lag <= Math.min(lags, count - 1); lag++) {
    let product = 0;
    for (let t = lag; t < count; t++) product += values[t]! * values[t - lag]!;
    const weight = weights === 'bartlett' ? 1 - lag / (lags + 1) : 1;
    total += (lag === 0 ? 1 : 2 * weight) * product;
  }
  return total / count;
}
