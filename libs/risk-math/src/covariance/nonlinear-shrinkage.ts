import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Estimation, estimated } from '../kernels/estimation.js';
import { symmetricEigenRows } from '../linear-algebra/symmetric-eigen.js';
import { type Covariance, covarianceOfProducts } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { fromSpectrum } from './spectrum.js';

export interface NonlinearShrinkage {
  readonly covariance: Covariance;
  /** Sample eigenvalues, ascending, and what each became. */
  readonly sampleEigenvalues: Float64Array;
  readonly eigenvalues: Float64Array;
}

const ROOT_FIVE = Math.sqrt(5);
const FEWEST_OBSERVATIONS = 12;

/**
 * Analytical nonlinear shrinkage of the sample covariance (ddof 1), per day: each eigenvalue by its own amount, from kernel
 * estimates (Epanechnikov, bandwidth λ N^(−1/3)) of the limiting spectral density and its Hilbert transform; N = T − 1.
 *
 * Source: Ledoit and Wolf, "Analytical nonlinear shrinkage of large-dimensional covariance matrices", Annals of Statistics 48
 * (2020), equations 4.3 to 4.8, C.5 for n > N.
 *
 * @throws RiskMathError `tooFewObservations` below 13 days; `outOfDomain` when assets depend on each other beyond what n > N
 *   brings with it, or n = N; `invalidInput` on a number that is not finite
 */
export function nonlinearShrinkage(returns: Returns): NonlinearShrinkage {
  return estimated(nonlinearShrinkageEstimation(returns));
}

/** `nonlinearShrinkage` in two steps. */
export function nonlinearShrinkageEstimation(returns: Returns): Estimation<NonlinearShrinkage> {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, FEWEST_OBSERVATIONS + 1, 'nonlinear shrinkage');
  requireReturns(returns);
  const effective = observations - 1;
  return {
    products: { values, terms: observations, columns: assets, centred: true, divisor: effective },
    finish: (sample) => {
      const { values: sampleEigenvalues, rows } = symmetricEigenRows(sample, assets);
      const eigenvalues = shrunk(sampleEigenvalues, effective);
      const matrix = fromSpectrum(eigenvalues, rows, assets);
      return { covariance: covarianceOfProducts(matrix, assets, ids), sampleEigenvalues, eigenvalues };
    },
  };
}

function shrunk(all: Float64Array, observations: number): Float64Array {
  const size = all.length;
  if (size === 0) return new Float64Array(0);
  const zeros = Math.max(0, size - observations);
  const eigenvalues = all.subarray(zeros);
  if (!(eigenvalues[0]! > size * Number.EPSILON * eigenvalues[eigenvalues.length - 1]!) || size === observations) {
    throw new RiskMathError(
      'outOfDomain',
      'nonlinear shrinkage needs a sample covariance of full rank, with n ≠ T − 1',
      {
        field: 'returns',
      },
    );
  }
  const bandwidth = observations ** (-1 / 3);
  const ratio = size / observations;
  const result = new Float64Array(size);
  eigenvalues.forEach((eigenvalue, i) => {
    const { density, hilbert } = estimates(eigenvalues, eigenvalue, bandwidth);
    const imaginary = Math.PI * eigenvalue * density;
    const real = Math.PI * eigenvalue * hilbert;
    result[zeros + i] =
      zeros === 0
        ? eigenvalue / ((ratio * imaginary) ** 2 + (1 - ratio - ratio * real) ** 2)
        : eigenvalue / (imaginary ** 2 + real ** 2);
  });
  if (zeros > 0) result.fill(nullEigenvalue(eigenvalues, bandwidth, size, observations), 0, zeros);
  return result;
}

/** Kernel estimates at a point of the spectral density and its Hilbert transform: means over eigenvalues, each with its own bandwidth. */
function estimates(eigenvalues: Float64Array, at: number, bandwidth: number): { density: number; hilbert: number } {
  let density = 0;
  let hilbert = 0;
  for (const eigenvalue of eigenvalues) {
    const h = bandwidth * eigenvalue;
    const x = (at - eigenvalue) / h;
    const inside = 1 - (x * x) / 5;
    density += ((0.75 / ROOT_FIVE) * Math.max(0, inside)) / h;
    hilbert += kernelHilbert(x) / h;
  }
  return { density: density / eigenvalues.length, hilbert: hilbert / eigenvalues.length };
}

/**
 * Hilbert transform of the Epanechnikov kernel on [−√5, √5]. Far from it the closed form takes large numbers off each other; there
 * the moments of the kernel, 5^k · 3 / ((2k + 1)(2k + 3)), give a fast series.
 */
function kernelHilbert(x: number): number {
  if (x * x <= 36) {
    const inside = 1 - (x * x) / 5;
    const logarithm = Math.abs(x) === ROOT_FIVE ? 0 : inside * Math.log(Math.abs((ROOT_FIVE - x) / (ROOT_FIVE + x)));
    return (-0.3 * x + (0.75 / ROOT_FIVE) * logarithm) / Math.PI;
  }
  let sum = 0;
  let power = 1;
  for (let k = 0; power > 1e-18; k++) {
    sum += (3 * power) / ((2 * k + 1) * (2 * k + 3));
    power *= 5 / (x * x);
  }
  return -sum / (Math.PI * x);
}

/** What the n − N zeros become. */
function nullEigenvalue(eigenvalues: Float64Array, h: number, size: number, observations: number): number {
  let inverse = 0;
  for (const eigenvalue of eigenvalues) inverse += 1 / eigenvalue / eigenvalues.length;
  const hilbert = (kernelHilbert(-1 / h) / h) * inverse;
  return observations / (Math.PI * (size - observations) * hilbert);
}
