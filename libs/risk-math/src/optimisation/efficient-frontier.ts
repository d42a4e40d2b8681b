import type { Solution } from '../allocation/types.js';
import { requireInteger } from '../foundation/guards.js';
import {
  type ReturnProblem,
  checkReturns,
  inner,
  maximumReturn,
  minimumVariance,
  minimumVarianceForReturn,
} from './mean-variance.js';

/** A point of an efficient frontier. */
export interface FrontierPoint {
  /** μᵀw, per day. */
  readonly expectedReturn: number;
  readonly solution: Solution;
}

/**
 * The efficient frontier of return and variance: `points` portfolios of least variance at equal steps of expected return, from
 * the minimum-variance portfolio to the largest return. Where both are one portfolio the frontier is that point.
 *
 * Source: Markowitz, "Portfolio selection", Journal of Finance 7 (1952); Merton, "An analytic derivation of the efficient portfolio frontier",
 * Journal of Financial and Quantitative Analysis 7 (1972).
 *
 * @param problem.points at least 2
 * @throws RiskMathError as `minimumVariance`
 */
export function efficientFrontier(problem: ReturnProblem & { readonly points: number }): FrontierPoint[] {
  checkReturns(problem);
  const { points, expectedReturns } = problem;
  requireInteger(points, 2, 'points');
  const at = (solution: Solution): FrontierPoint => ({
    expectedReturn: inner(expectedReturns, solution.weights),
    solution,
  });
  const first = at(minimumVariance(problem));
  const last = at(maximumReturn(problem));
  const width = last.expectedReturn - first.expectedReturn;
  const size = expectedReturns.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(width > 1e-9 * size)) return [first];
  const between = Array.from({ length: points - 2 }, (_, k) => {
    const targetReturn = first.expectedReturn + (width * (k + 1)) / (points - 1);
    return at(minimumVarianceForReturn({ ...problem, targetReturn }));
  });
  // The largest return as a limit leaves no room inside: its portfolio of least variance is found a hair below it.
  const end = minimumVarianceForReturn({ ...problem, targetReturn: last.expectedReturn - 1e-7 * width });
  return [first, ...between, at(end)];
}
