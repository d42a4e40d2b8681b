/** A matrix as rows. */
export type Matrix = number[][];

export interface ShrunkCovariance {
  /** n×n, per day. */
  covariance: Matrix;
  /** Weight of the target, 0 to 1. */
  shrinkage: number;
}

/** Returns with each column's mean taken away. */
export function demean(returns: Matrix): Matrix {
  const days = returns.length;
  const assets = returns[0]?.length ?? 0;
  const means: number[] = [];
  for (let i = 0; i < assets; i++) {
    let sum = 0;
    for (let t = 0; t < days; t++) sum += at(returns, t, i);
    means.push(sum / days);
  }
  return returns.map((row) => row.map((value, i) => value - (means[i] ?? 0)));
}

/**
 * Ledoit and Wolf, "Honey, I shrunk the sample covariance matrix" (2004): the sample covariance (demeaned, divided by T) shrunk to the
 * matrix with the same variances and one correlation for all pairs, by the intensity max(0, min(1, (π − ρ) / γ / T)).
 *
 * @param returns T rows of n simple returns
 */
export function ledoitWolfConstantCorrelation(returns: Matrix): ShrunkCovariance {
  const days = returns.length;
  const assets = returns[0]?.length ?? 0;
  const x = demean(returns);
  const sample: Matrix = square(assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      let sum = 0;
      for (let t = 0; t < days; t++) sum += at(x, t, i) * at(x, t, j);
      put(sample, i, j, sum / days);
    }
  }
  const deviation = sample.map((row, i) => Math.sqrt(row[i] ?? 0));
  const correlation = averageCorrelation(sample, deviation);
  const target: Matrix = square(assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      put(target, i, j, i === j ? at(sample, i, i) : correlation * (deviation[i] ?? 0) * (deviation[j] ?? 0));
    }
  }

  let pi = 0;
  let rho = 0;
  let gamma = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      let product = 0;
      let theta = 0;
      for (let t = 0; t < days; t++) {
        const xi = at(x, t, i);
        const xj = at(x, t, j);
        const difference = xi * xj - at(sample, i, j);
        product += difference * difference;
        theta += (xi * xi - at(sample, i, i)) * difference;
      }
      const piOfPair = product / days;
      pi += piOfPair;
      if (i === j) rho += piOfPair;
      else rho += correlation * ((deviation[j] ?? 0) / (deviation[i] ?? 0)) * (theta / days);
      gamma += (at(target, i, j) - at(sample, i, j)) ** 2;
    }
  }
  const shrinkage = gamma === 0 ? 1 : Math.max(0, Math.min(1, (pi - rho) / gamma / days));
  const covariance: Matrix = square(assets);
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      put(covariance, i, j, shrinkage * at(target, i, j) + (1 - shrinkage) * at(sample, i, j));
    }
  }
  return { covariance, shrinkage };
}

function averageCorrelation(sample: Matrix, deviation: number[]): number {
  const assets = sample.length;
  let sum = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) {
      if (i !== j) sum += at(sample, i, j) / ((deviation[i] ?? 0) * (deviation[j] ?? 0));
    }
  }
  return assets > 1 ? sum / (assets * (assets - 1)) : 0;
}

/** An n×n matrix of zeros. */
export function square(size: number): Matrix {
  return Array.from({ length: size }, () => new Array<number>(size).fill(0));
}

/** The element of a matrix; a missing one is an error of the caller. */
export function at(matrix: Matrix, row: number, column: number): number {
  const value = matrix[row]?.[column];
  if (value === undefined) throw new RangeError(`no element (${row}, ${column})`);
  return value;
}

function put(matrix: Matrix, row: number, column: number, value: number): void {
  const target = matrix[row];
  if (target === undefined) throw new RangeError(`no row ${row}`);
  target[column] = value;
}
