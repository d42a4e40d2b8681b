import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { minimise } from '../minimisation/minimise.js';
import type { NamedLinearConstraints } from '../minimisation/quadratic-step.js';
import { robustCovariance } from '../minimisation/standard-errors.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';
import { DccLikelihood } from './dcc-likelihood.js';

export const LEAST_DCC_OBSERVATIONS = 100;

/** Dynamic conditional correlations of standardised residuals. Matrices are n×n row-major. */
export interface DccFit {
  readonly a: number;
  readonly b: number;
  /** Robust, of the second step alone: the residuals are taken as given. Null at a bound. */
  readonly standardErrors: { readonly a: number | null; readonly b: number | null };
  /** The correlation part of the log-likelihood: −½ Σ [ln |R_t| + zᵀR_t⁻¹z − zᵀz]. 0 at correlations of 0. */
  readonly logLikelihood: number;
  /** The correlations that forecasts return to. */
  readonly longRun: Float64Array;
  /** Of the day after the last. */
  readonly next: Float64Array;
  readonly observations: number;
  readonly assets: number;
  readonly ids?: readonly string[];
  readonly status: 'converged' | 'notConverged';
  readonly residual: number;
  readonly iterations: number;
  readonly atBound: readonly string[];
}

const CONSTRAINTS: NamedLinearConstraints = {
  count: 3,
  rows: Float64Array.of(1, 0, 0, 1, -1, -1),
  bounds: Float64Array.of(0, 0, -(1 - 1e-8)),
  names: ['a ≥ 0', 'b ≥ 0', 'a + b < 1'],
};
const STARTS = [
  [0.01, 0.97],
  [0.03, 0.9],
  [0.05, 0.5],
];

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
  const { values, observations, assets, ids } = residuals;
  requireObservations(observations, Math.max(LEAST_DCC_OBSERVATIONS, assets + 2), 'dynamic correlations');
  requireFinite(values, 'residuals');
  if (assets < 2) {
    throw new RiskMathError('outOfDomain', 'a correlation needs two assets', { field: 'residuals' });
  }
  const scaled = normalised(values, observations, assets, ids);
  const target = meanProducts(scaled, observations, assets);
  const likelihood = new DccLikelihood(scaled, target, assets);
  if (!Number.isFinite(likelihood.value(new Float64Array(2)))) {
    throw new RiskMathError('notPositiveSemiDefinite', 'the residuals depend on each other', { field: 'residuals' });
  }
  const starts = STARTS.map((start) => Float64Array.from(start));
  const minimum = minimise(likelihood, starts, CONSTRAINTS);
  const covariance = robustCovariance(
    minimum.hessian,
    likelihood.curvature(minimum.at),
    CONSTRAINTS,
    minimum.active,
    2,
  );
  const error = (place: number): number | null => {
    const variance = covariance?.[place * 3] ?? 0;
    return variance > 0 ? Math.sqrt(variance) : null;
  };
  const fit = {
    a: Math.max(0, minimum.at[0]!),
    b: Math.max(0, minimum.at[1]!),
    standardErrors: { a: error(0), b: error(1) },
    logLikelihood: -minimum.value,
    longRun: correlationsOf(target, assets),
    next: correlationsOf(likelihood.next(minimum.at), assets),
    observations,
    assets,
    status: minimum.converged ? 'converged' : 'notConverged',
    residual: Number.isFinite(minimum.residual) ? minimum.residual : Number.MAX_VALUE,
    iterations: minimum.iterations,
    atBound: minimum.active.map((k) => CONSTRAINTS.names[k]!),
  } as const;
  return ids === undefined ? fit : { ...fit, ids };
}

/** What forecasts of dynamic correlations rest on: a fit, or its parameters run over further days. */
export type DccState = Pick<DccFit, 'a' | 'b' | 'longRun' | 'next'>;

/**
 * Correlations at parameters that are known: a new day without a new fit. The target is the mean over the residuals given.
 *
 * @throws RiskMathError `tooFewObservations` below n + 2 days; `outOfDomain` for a single asset, one whose residuals are all 0,
 *   or parameters outside a ≥ 0, b ≥ 0, a + b < 1; `notPositiveSemiDefinite` when residuals depend on each other
 */
export function filterDcc(residuals: Returns, { a, b }: Pick<DccFit, 'a' | 'b'>): DccState {
  const { values, observations, assets, ids } = residuals;
  requireObservations(observations, assets + 2, 'dynamic correlations');
  requireFinite(values, 'residuals');
  if (assets < 2) throw new RiskMathError('outOfDomain', 'a correlation needs two assets', { field: 'residuals' });
  if (!(a >= 0 && b >= 0 && a + b < 1)) {
    throw new RiskMathError('outOfDomain', `a is ${a} and b is ${b}; neither may be below 0, nor their sum 1 or more`, {
      field: 'parameters',
    });
  }
  const scaled = normalised(values, observations, assets, ids);
  const target = meanProducts(scaled, observations, assets);
  const likelihood = new DccLikelihood(scaled, target, assets);
  const at = Float64Array.of(a, b);
  if (!Number.isFinite(likelihood.value(at))) {
    throw new RiskMathError('notPositiveSemiDefinite', 'the residuals depend on each other', { field: 'residuals' });
  }
  return { a, b, longRun: correlationsOf(target, assets), next: correlationsOf(likelihood.next(at), assets) };
}

/**
 * Correlations `days` ahead: R̄ + (a + b)^{days−1} (R_{T+1} − R̄), the second approximation of Engle and Sheppard.
 *
 * Source: Engle and Sheppard, "Theoretical and empirical properties of dynamic conditional correlation multivariate
 * GARCH", NBER working paper 8554 (2001), section 5.
 */
export function dccForecast(fit: DccState, days: number): Float64Array {
  requireInteger(days, 1, 'days');
  const kept = (fit.a + fit.b) ** (days - 1);
  return fit.next.map((value, p) => fit.longRun[p]! + kept * (value - fit.longRun[p]!));
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

/** Each asset over its root mean square, so that correlations do not depend on the units of the residuals. */
function normalised(
  values: Float64Array,
  observations: number,
  assets: number,
  ids: readonly string[] | undefined,
): Float64Array {
  const sizes = new Float64Array(assets);
  for (let at = 0; at < values.length; at++) sizes[at % assets] = Math.max(sizes[at % assets]!, Math.abs(values[at]!));
  const squares = new Float64Array(assets);
  for (let at = 0; at < values.length; at++)
    squares[at % assets]! += (values[at]! / sizes[at % assets]!) ** 2 / observations;
  const still = sizes.findIndex((size) => !(size > 0));
  if (still >= 0) {
    const id = ids?.[still] ?? String(still);
    throw new RiskMathError('outOfDomain', `the residuals of ${id} are all 0`, { field: 'residuals', ids: [id] });
  }
  return values.map((value, at) => value / sizes[at % assets]! / Math.sqrt(squares[at % assets]!));
}

function meanProducts(z: Float64Array, observations: number, assets: number): Float64Array {
  const result = new Float64Array(assets * assets);
  for (let row = 0; row < z.length; row += assets) {
    for (let i = 0; i < assets; i++) {
      for (let j = 0; j < assets; j++) result[i * assets + j]! += (z[row + i]! * z[row + j]!) / observations;
    }
  }
  return result;
}

function correlationsOf(matrix: Float64Array, assets: number): Float64Array {
  return matrix.map((value, p) => {
    const [i, j] = [Math.floor(p / assets), p % assets];
    return i === j ? 1 : value / Math.sqrt(matrix[i * assets + i]! * matrix[j * assets + j]!);
  });
}
