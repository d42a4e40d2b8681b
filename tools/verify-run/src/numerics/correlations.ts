import { determinantAndSolution } from './linear.js';
import type { Matrix } from './shrinkage.js';

/** Parameters of the dynamic correlations: what a day adds, and what it keeps. */
export interface DynamicNumbers {
  readonly a: number;
  readonly b: number;
}

/** Returns or residuals, one column an asset. */
type Columns = readonly (readonly number[])[];

/** Correlations with the last day heaviest, each one before λ of the one after, about means of 0. */
export function ewmaCorrelations(columns: Columns, lambda: number): Matrix {
  const days = columns[0]?.length ?? 0;
  const weights = Array.from({ length: days }, (_, t) => lambda ** (days - 1 - t));
  return correlationsOf(
    columns.map((first) =>
      columns.map((second) =>
        weights.reduce((sum, weight, t) => sum + weight * (first[t] ?? NaN) * (second[t] ?? NaN), 0),
      ),
    ),
  );
}

/**
 * The mean over each horizon's days of the dynamic correlations: Q = (1 − a − b) S + a z zᵀ + b Q of the day before, from S on, S the mean
 * of z zᵀ and z the residuals of mean square 1; ahead they go back to S by a + b a day.
 */
export function dynamicCorrelations(
  residuals: Columns,
  { a, b }: DynamicNumbers,
  horizons: readonly number[],
): Map<number, Matrix> {
  const days = residuals[0]?.length ?? 0;
  const z = residuals.map((column) => {
    const size = Math.sqrt(column.reduce((sum, value) => sum + value * value, 0) / days);
    return column.map((value) => value / size);
  });
  const target = z.map((first) =>
    z.map((second) => first.reduce((sum, value, t) => sum + value * (second[t] ?? NaN), 0) / days),
  );
  const next = z.map((first, i) =>
    z.map((second, j) => {
      const mean = target[i]?.[j] ?? NaN;
      return first.reduce((q, value, t) => (1 - a - b) * mean + a * value * (second[t] ?? NaN) + b * q, mean);
    }),
  );
  const [soon, atRest] = [correlationsOf(next), correlationsOf(target)];
  return new Map(
    horizons.map((horizon) => {
      const kept = Array.from({ length: horizon }, (_, day) => (a + b) ** day);
      const share = kept.reduce((sum, value) => sum + value, 0) / horizon;
      const mean = soon.map((row, i) =>
        row.map((value, j) => (atRest[i]?.[j] ?? NaN) + share * (value - (atRest[i]?.[j] ?? NaN))),
      );
      return [horizon, mean];
    }),
  );
}

/** The losses of a covariance forecast against the returns of its days, one column an asset. */
export function covarianceLosses(covariance: Matrix, columns: Columns): { qlike: number; squaredError: number } {
  const size = columns.length;
  const days = columns[0]?.length ?? 0;
  const products = columns.map((first) =>
    columns.map((second) => first.reduce((sum, value, t) => sum + value * (second[t] ?? NaN), 0)),
  );
  let qlike = 0;
  for (let t = 0; t < days; t++) {
    const day = columns.map((column) => column[t] ?? NaN);
    const { logDeterminant, x } = determinantAndSolution(covariance, day);
    qlike += day.reduce((sum, value, i) => sum + value * (x[i] ?? NaN), 0) + (t === 0 ? logDeterminant : 0);
  }
  let squares = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) squares += ((products[i]?.[j] ?? NaN) - (covariance[i]?.[j] ?? NaN)) ** 2;
  }
  return { qlike: qlike / size, squaredError: squares / ((size * (size - 1)) / 2) };
}

function correlationsOf(products: Matrix): Matrix {
  return products.map((row, i) =>
    row.map((value, j) => value / Math.sqrt((products[i]?.[i] ?? NaN) * (products[j]?.[j] ?? NaN))),
  );
}
