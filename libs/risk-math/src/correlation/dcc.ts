import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { ROUNDING } from '../foundation/variance.js';
import type { SmoothObjective } from '../minimisation/minimise.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { DccLikelihood } from './dcc-likelihood.js';
import { PairLikelihood } from './pair-likelihood.js';
import { type DccEstimate, dccEstimate, dccMinimum } from './parameters.js';
import { correlationsOf, isPositiveDefinite, meanProducts, nextProducts, normalised } from './residual-products.js';

export const LEAST_DCC_OBSERVATIONS = 100;

/** Dynamic conditional correlations of standardised residuals. Matrices are n×n row-major. */
export interface DccFit extends DccEstimate {
  /** The correlation part of the log-likelihood: −½ Σ [ln |R_t| + zᵀR_t⁻¹z − zᵀz]. 0 at correlations of 0. */
  readonly logLikelihood: number;
  /** The correlations that forecasts return to. */
  readonly longRun: Float64Array;
  /** Of the day after the last. */
  readonly next: Float64Array;
  readonly observations: number;
  readonly assets: number;
  readonly ids?: readonly string[];
}

/**
 * DCC(1,1) with correlation targeting, by maximum likelihood on standardised residuals (such as those of `fitGarch`):
 * Q_t = (1 − a − b) S + a z_{t−1} z_{t−1}ᵀ + b Q_{t−1}, S the mean of z zᵀ, Q_1 = S; R_t the correlations of Q_t.
 *
 * Source: Engle, Journal of Business & Economic Statistics 20 (2002), eq. 24 and 26.
 *
 * @param residuals T×n, mean 0 and variance 1 but for estimation
 * @throws RiskMathError `tooFewObservations` below 100 days or n + 2; `outOfDomain` for a single asset, or one whose residuals
 *   are all 0; `notPositiveSemiDefinite` when residuals depend on each other
 */
export function fitDcc(residuals: Returns): DccFit {
  return fitted(residuals, (z, target, assets) => new DccLikelihood(z, target, assets));
}

/**
 * The same model by composite likelihood: the sum of the likelihoods of pairs of neighbours (1, 2), (2, 3), … Its cost grows with n
 * and not with n⁴, and it has not the bias that the full likelihood gets where n is no longer small beside T. `logLikelihood` is that sum;
 * the estimate depends on the order of the assets. Two assets have their full likelihood.
 *
 * Source: Pakel, Shephard, Sheppard and Engle, "Fitting vast dimensional time-varying covariance models", Journal of Business &
 * Economic Statistics 39 (2021), section 3.
 *
 * @param residuals as for `fitDcc`
 * @param options.warmStart parameters of an earlier fit, tried beside one usual start
 * @throws RiskMathError as `fitDcc`
 */
export function fitCompositeDcc(
  residuals: Returns,
  options: { readonly warmStart?: Pick<DccEstimate, 'a' | 'b'> | undefined } = {},
): DccFit {
  return fitted(residuals, (z, target, assets) => new PairLikelihood(z, target, assets), options.warmStart);
}

function fitted(
  residuals: Returns,
  likelihoodOf: (z: Float64Array, target: Float64Array, assets: number) => SmoothObjective,
  warmStart?: Pick<DccEstimate, 'a' | 'b'>,
): DccFit {
  const { observations, assets, ids } = residuals;
  requireObservations(observations, LEAST_DCC_OBSERVATIONS, 'dynamic correlations');
  const { z, target } = productsOf(residuals);
  const likelihood = likelihoodOf(z, target, assets);
  const minimum = dccMinimum(likelihood, warmStart);
  const estimate = dccEstimate(likelihood, minimum);
  const fit = {
    ...estimate,
    logLikelihood: -minimum.value,
    longRun: correlationsOf(target, assets),
    next: correlationsOf(nextProducts(z, target, assets, estimate), assets),
    observations,
    assets,
  };
  return ids === undefined ? fit : { ...fit, ids };
}

/** Residuals of mean square 1 and the mean of their products, which the recursion starts from and returns to. */
function productsOf(residuals: Returns): {
  readonly z: Float64Array;
  readonly target: Float64Array;
} {
  const { values, observations, assets, ids } = residuals;
  requireObservations(observations, assets + 2, 'dynamic correlations');
  requireReturns(residuals, 'residuals');
  if (assets < 2) throw new RiskMathError('outOfDomain', 'a correlation needs two assets', { field: 'residuals' });
  const z = normalised(values, observations, assets, ids);
  const target = meanProducts(z, observations, assets);
  // With it every later day is positive definite as well: a part of it is in each, and the rest is not negative.
  if (!isPositiveDefinite(target, assets)) {
    throw new RiskMathError('notPositiveSemiDefinite', 'the residuals depend on each other', { field: 'residuals' });
  }
  return { z, target };
}

/** What forecasts of dynamic correlations rest on: a fit, or its parameters run over further days. */
export type DccState = Pick<DccFit, 'a' | 'b' | 'longRun' | 'next'>;

/**
 * Correlations at parameters that are known: a new day without a new fit. The target is the mean over the residuals given.
 *
 * @throws RiskMathError `tooFewObservations` below n + 2 days; `outOfDomain` for a single asset, one whose residuals are all 0,
 *   or parameters outside a ≥ 0, b ≥ 0, a + b < 1; `notPositiveSemiDefinite` when residuals depend on each other
 */
export function filterDcc(residuals: Returns, { a, b }: Pick<DccEstimate, 'a' | 'b'>): DccState {
  const { assets } = residuals;
  requireStationary(a, b);
  const { z, target } = productsOf(residuals);
  const next = correlationsOf(nextProducts(z, target, assets, { a, b }), assets);
  return { a, b, longRun: correlationsOf(target, assets), next };
}

/**
 * Correlations `days` ahead: R̄ + (a + b)^{days−1} (R_{T+1} − R̄), the second approximation of Engle and Sheppard.
 *
 * Source: Engle and Sheppard, "Theoretical and empirical properties of dynamic conditional correlation multivariate
 * GARCH", NBER working paper 8554 (2001), section 5.
 *
 * @throws RiskMathError `outOfDomain` on parameters as for `filterDcc`; `invalidInput` on matrices that are no correlations
 */
export function dccForecast(fit: DccState, days: number): Float64Array {
  requireInteger(days, 1, 'days');
  requireStationary(fit.a, fit.b);
  requireCorrelations(fit.longRun, 'longRun');
  requireLength(fit.next, fit.longRun.length, 'next');
  requireCorrelations(fit.next, 'next');
  const kept = (fit.a + fit.b) ** (days - 1);
  return fit.next.map((value, p) => fit.longRun[p]! + kept * (value - fit.longRun[p]!));
}

function requireStationary(a: number, b: number): void {
  if (a >= 0 && b >= 0 && a + b < 1) return;
  throw new RiskMathError('outOfDomain', `a is ${a} and b is ${b}; neither may be below 0, nor their sum 1 or more`, {
    field: 'parameters',
  });
}

function requireCorrelations(values: Float64Array, field: string): void {
  requireLength(values, Math.round(Math.sqrt(values.length)) ** 2, field);
  requireFinite(values, field);
  if (values.every((value) => Math.abs(value) <= 1 + ROUNDING)) return;
  throw new RiskMathError('invalidInput', `${field} holds a correlation beyond 1`, { field });
}

/** The covariance of correlations with variances: σ_i σ_j R_ij, per day. */
export function covarianceFrom(
  correlations: Float64Array,
  variances: Float64Array,
  ids?: readonly string[],
): Covariance {
  const assets = variances.length;
  requireLength(correlations, assets * assets, 'correlations');
  requireFinite(correlations, 'correlations');
  requireFinite(variances, 'variances');
  const deviations = variances.map((value) => Math.sqrt(value));
  const values = correlations.map((value, p) => value * deviations[Math.floor(p / assets)]! * deviations[p % assets]!);
  // The diagonal is the variances themselves, without a root taken and squared.
  for (let i = 0; i < assets; i++) values[i * assets + i] = variances[i]!;
  return createCovariance(values, assets, { ids });
}
