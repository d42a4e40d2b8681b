import { requireFinite, requireFiniteNumber, requireLength, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import { multiply } from '../model/risk-model-matrix.js';

/** A view: Σ cᵢ μᵢ is `value`. */
export interface ReturnView {
  readonly id: string;
  /** cᵢ by asset: 1 for an absolute view, 1 and −1 for a relative one. */
  readonly coefficients: Float64Array;
  /** Per day. */
  readonly value: number;
  /**
   * How sure it is: `variance` of the view's error, per day; or `confidence` from above 0 to 1, certain (Idzorek 2005); or neither: the
   * uncertainty τ cᵀΣc that the prior itself gives it (He and Litterman 1999).
   */
  readonly variance?: number;
  readonly confidence?: number;
}

export interface BlackLittermanProblem {
  readonly covariance: Covariance;
  /** π, per day; for that of a market portfolio see `impliedReturns`. */
  readonly priorReturns: Float64Array;
  readonly views: readonly ReturnView[];
  /** τ: variance of the prior mean over that of returns; 0.05 when absent. */
  readonly tau?: number;
}

export interface BlackLittermanPosterior {
  /** Per day, by asset. */
  readonly expectedReturns: Float64Array;
  /** Of returns: Σ and what is not known of their mean. */
  readonly covariance: Covariance;
  /** Error variance of each view, per day. */
  readonly viewVariances: Float64Array;
}

/** Implied returns π = γ Σ w + r: those for which `marketWeights` are the mean–variance portfolio. */
export function impliedReturns(
  covariance: Covariance,
  marketWeights: Float64Array,
  options: { readonly riskAversion: number; readonly riskFree?: number },
): Float64Array {
  requirePositive(options.riskAversion, 'riskAversion');
  const riskFree = options.riskFree ?? 0;
  requireFiniteNumber(riskFree, 'riskFree');
  return multiply(covariance, marketWeights).map((slope) => options.riskAversion * slope + riskFree);
}

/**
 * Black–Litterman: prior mean π with covariance τΣ, and views Pμ = q with independent errors Ω, give
 *
 *     μ = π + τΣPᵀ (P τΣ Pᵀ + Ω)⁻¹ (q − Pπ),   Σ' = Σ + τΣ − τΣPᵀ (P τΣ Pᵀ + Ω)⁻¹ P τΣ.
 *
 * Source: Black and Litterman, "Global portfolio optimization" (1992).
 *
 * @throws RiskMathError `outOfDomain` when certain views say the same or contradict each other; `invalidInput`
 */
export function blackLitterman(problem: BlackLittermanProblem): BlackLittermanPosterior {
  const { covariance, priorReturns, views, tau = 0.05 } = problem;
  const { size, values, ids } = covariance;
  requireLength(priorReturns, size, 'priorReturns');
  requireFinite(priorReturns, 'priorReturns');
  requirePositive(tau, 'tau');
  // Column k: τΣ pₖ.
  const spread = views.map(({ id, coefficients }) => {
    requireLength(coefficients, size, `views.${id}`);
    return multiply(covariance, coefficients).map((value) => tau * value);
  });
  const count = views.length;
  const inner = new Float64Array(count * count);
  const viewVariances = new Float64Array(count);
  const misses = new Float64Array(count);
  views.forEach((view, a) => {
    requireFiniteNumber(view.value, `views.${view.id}.value`);
    views.forEach(({ coefficients }, b) => (inner[a * count + b] = product(coefficients, spread[a]!)));
    viewVariances[a] = errorVariance(view, inner[a * count + a]!);
    misses[a] = view.value - product(view.coefficients, priorReturns);
  });
  viewVariances.forEach((variance, a) => (inner[a * count + a]! += variance));
  const factor = cholesky(inner, count, 1e-12);
  if (factor === null) {
    throw new RiskMathError('outOfDomain', 'two certain views say the same, or contradict each other', {
      field: 'views',
      ids: views.filter((_, a) => viewVariances[a] === 0).map(({ id }) => id),
    });
  }
  const pulls = choleskySolve(factor, count, misses);
  const expectedReturns = priorReturns.map(
    (prior, i) => prior + pulls.reduce((sum, pull, a) => sum + pull * spread[a]![i]!, 0),
  );
  const posterior = values.map((value) => (1 + tau) * value);
  for (let i = 0; i < size; i++) {
    const known = choleskySolve(
      factor,
      count,
      Float64Array.from(spread, (column) => column[i]!),
    );
    for (let j = 0; j < size; j++)
      posterior[i * size + j]! -= known.reduce((sum, part, a) => sum + part * spread[a]![j]!, 0);
  }
  return {
    expectedReturns,
    covariance: createCovariance(posterior, size, { ids, repair: covariance.repair }),
    viewVariances,
  };
}

function errorVariance({ id, variance, confidence }: ReturnView, prior: number): number {
  if (variance !== undefined && confidence !== undefined) {
    throw new RiskMathError('invalidInput', `view ${id} has both a variance and a confidence`, {
      field: 'views',
      ids: [id],
    });
  }
  if (confidence !== undefined) {
    if (confidence > 0 && confidence <= 1) return (prior * (1 - confidence)) / confidence;
    throw new RiskMathError('invalidInput', `the confidence of view ${id} is above 0 and at most 1`, {
      field: 'views',
      ids: [id],
    });
  }
  if (variance === undefined) return prior;
  if (Number.isFinite(variance) && variance >= 0) return variance;
  throw new RiskMathError('invalidInput', `the variance of view ${id} is not negative`, { field: 'views', ids: [id] });
}

function product(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
