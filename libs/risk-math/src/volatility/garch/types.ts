/** `garch`: GARCH(1,1); `gjr`: with a term for falls; `egarch`: of the logarithm. */
export type GarchModel = 'garch' | 'gjr' | 'egarch';

/** Distribution of the standardised residuals, each with variance 1. */
export type Innovations = 'normal' | 'studentT' | 'skewedT';

export interface GarchSpecification {
  readonly model: GarchModel;
  readonly innovations: Innovations;
  /** `constant`: estimated with the rest. Default `zero`. */
  readonly mean?: 'zero' | 'constant';
}

/**
 * The parameters of a fit, in terms of returns in percent.
 *
 * - GARCH, GJR: σ²_t = ω + (α + γ 1[e_{t−1} < 0]) e²_{t−1} + β σ²_{t−1};
 * - EGARCH: ln σ²_t = ω + α (|z_{t−1}| − √(2/π)) + γ z_{t−1} + β ln σ²_{t−1}, z = e / σ.
 */
export interface GarchParameters {
  /** Percent a day; 0 when the mean is not estimated. */
  readonly mean: number;
  /** Percent² (GARCH, GJR); in units of ln percent² (EGARCH). */
  readonly omega: number;
  readonly alpha: number;
  /** 0 for GARCH. */
  readonly gamma: number;
  readonly beta: number;
  /** ν of Student's t, η of Hansen's skewed t; null for normal innovations. */
  readonly degreesOfFreedom: number | null;
  /** λ of Hansen's skewed t, negative to the left; null otherwise. */
  readonly skew: number | null;
}

/** By parameter; null where it is not estimated or lies on a bound. */
export type GarchStandardErrors = { readonly [Name in keyof GarchParameters]: number | null };

/** A fitted model. Variances are per day, fraction². */
export interface GarchFit {
  readonly specification: Required<GarchSpecification>;
  readonly parameters: GarchParameters;
  /** Robust to the wrong distribution: Bollerslev and Wooldridge (1992), the sandwich of second derivatives and scores. */
  readonly standardErrors: GarchStandardErrors;
  /** Of returns in percent. */
  readonly logLikelihood: number;
  readonly observations: number;
  /** Conditional variance of each day, given the days before it. */
  readonly variances: Float64Array;
  /** e_t / σ_t. */
  readonly standardisedResiduals: Float64Array;
  /** Of the day after the last. */
  readonly nextVariance: number;
  /** What is left of a shock to the variance after a day: α + κγ + β, κ = E[z² 1(z < 0)]; β for EGARCH. */
  readonly persistence: number;
  /** The level that forecasts return to; null at the bound of persistence, where there is none, or beyond all numbers. */
  readonly longRunVariance: number | null;
  readonly status: 'converged' | 'notConverged';
  /** How far a Newton step would still raise the log-likelihood. */
  readonly residual: number;
  readonly iterations: number;
  /** Names of the constraints that hold with equality, such as `alpha ≥ 0`. */
  readonly atBound: readonly string[];
}

export interface GarchOptions {
  /** Yesterday's parameters: the search starts there when they do better than the grid of starts. */
  readonly warmStart?: GarchParameters;
  /** Quasi-Newton steps at most. Default 200. */
  readonly iterations?: number;
}

/** Places of the parameters in the full vector that the recursions work on. */
export const MEAN = 0;
export const OMEGA = 1;
export const ALPHA = 2;
export const GAMMA = 3;
export const BETA = 4;
export const SHAPE = 5;
export const SKEW = 6;
export const PARAMETERS = 7;
