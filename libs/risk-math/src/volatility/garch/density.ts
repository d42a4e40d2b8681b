import { digamma, logGamma } from '../../distribution/gamma.js';

export const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Derivatives of each day's log-density, and room for those by the shape parameters. */
export interface DensityPath {
  readonly byVariance: Float64Array;
  readonly byResidual: Float64Array;
  /** By ν or η, then by λ. */
  readonly byShape: readonly [Float64Array, Float64Array];
}

export function createDensityPath(observations: number): DensityPath {
  const array = (): Float64Array => new Float64Array(observations);
  return { byVariance: array(), byResidual: array(), byShape: [array(), array()] };
}

/** A distribution with mean 0 and variance 1. */
export interface InnovationDensity {
  /** Σ of the log-densities of residuals with the variances given. */
  logLikelihood(parameters: Float64Array, residuals: Float64Array, variances: Float64Array): number;
  /** The same, with its derivatives day by day. */
  scores(parameters: Float64Array, residuals: Float64Array, variances: Float64Array, path: DensityPath): number;
}

/** ln of the constant of Student's t with variance 1: Γ((ν+1)/2) / (Γ(ν/2) √(π(ν−2))). */
export function logStudentConstant(nu: number): number {
  return logGamma((nu + 1) / 2) - logGamma(nu / 2) - 0.5 * Math.log(Math.PI * (nu - 2));
}

/** Its derivative by ν. */
export function logStudentConstantSlope(nu: number): number {
  return 0.5 * (digamma((nu + 1) / 2) - digamma(nu / 2) - 1 / (nu - 2));
}

/** Σ ln xᵢ of positive numbers with one logarithm for many: their product, as long as it stays in range. */
export class LogSum {
  private total = 0;
  private product = 1;

  add(value: number): void {
    const product = this.product * value;
    if (product > 1e-280 && product < 1e280) {
      this.product = product;
      return;
    }
    this.total += Math.log(this.product) + Math.log(value);
    this.product = 1;
  }

  value(): number {
    return this.total + Math.log(this.product);
  }
}
