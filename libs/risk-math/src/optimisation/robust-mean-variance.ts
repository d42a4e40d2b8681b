import { findScale } from '../allocation/scale-search.js';
import type { Solution } from '../allocation/types.js';
import { requireFiniteNumber } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { type ReturnProblem, checkReturns, inner } from './mean-variance.js';
import { createPortfolioProgram } from './portfolio-program.js';
import { type ProgramOptimum, solveProgram, toOptimum } from './solve-program.js';

/** Which expected returns are thought possible: (μ − μ̂)ᵀ Ω⁻¹ (μ − μ̂) ≤ κ². */
export interface ReturnUncertainty {
  /** Ω, n×n row-major, symmetric and positive semi-definite: the covariance of the estimate, such as Σ / T. */
  readonly matrix: Float64Array;
  /** κ, not negative. */
  readonly radius: number;
}

/** The length √(wᵀΩw) is found this closely; the objective is flat there. */
const EXACTNESS = 1e-10;
/** What the interior-point method may leave open of it. */
const ACCEPTED = 1e-6;

/**
 * Robust mean–variance: the utility of the worst expected returns in an ellipsoid,
 *
 *     max over w of min over μ of μᵀw − ½ γ wᵀΣw  =  max μ̂ᵀw − κ √(wᵀΩw) − ½ γ wᵀΣw   over the constraints.
 *
 * κ √(wᵀΩw) is the least of ½ κ (wᵀΩw / τ + τ) over τ > 0, so that for one τ it is a quadratic program, and τ is the root of
 * τ² = wᵀΩw. `objective` is the worst utility, per day; `bound` the best utility that any weights have under the one worst
 * μ of the answer, which no weights beat: `gap` proves the answer whatever led to it.
 *
 * Source: Goldfarb and Iyengar, "Robust portfolio selection problems", Mathematics of Operations Research 28 (2003).
 *
 * @param problem.riskAversion γ, per day, not negative
 * @throws RiskMathError `invalidInput`; `notPositiveSemiDefinite` on Ω; `infeasible` naming a minimal set of constraints that clash;
 *   `notConverged` with the residual
 */
export function robustMeanVariance(
  problem: ReturnProblem & { readonly riskAversion: number; readonly uncertainty: ReturnUncertainty },
): Solution {
  const { covariance, expectedReturns, riskAversion, uncertainty } = problem;
  const { matrix, radius } = uncertainty;
  checkReturns(problem);
  requireNotNegative(riskAversion, 'riskAversion');
  requireNotNegative(radius, 'uncertainty.radius');
  requirePositiveSemiDefinite(matrix, covariance.size, 'uncertainty.matrix');
  const program = createPortfolioProgram(problem);
  const { assets } = program;
  const own = covariance.values.map((value) => riskAversion * value);
  let iterations = 0;
  const solve = (curvature: Float64Array, returns: Float64Array): ProgramOptimum => {
    const slope = new Float64Array(program.size);
    returns.forEach((value, i) => (slope[i] = -value));
    const optimum = solveProgram(program, curvature, slope);
    iterations += optimum.iterations;
    return optimum;
  };
  const lengthOf = ({ variables }: ProgramOptimum): number => Math.sqrt(formOf(matrix, variables, assets).square);
  const at = (tau: number): Point => {
    const optimum = solve(
      own.map((value, k) => value + (radius / tau) * matrix[k]!),
      expectedReturns,
    );
    return { optimum, tau };
  };
  const start = radius > 0 ? lengthOf(solve(matrix, new Float64Array(assets))) : 0;
  const distance = ({ optimum, tau }: Point): number => tau / Math.max(lengthOf(optimum), Number.MIN_VALUE) - 1;
  const root = start > 0 ? findScale(start, at, distance, EXACTNESS, ACCEPTED) : null;
  const optimum = root?.outcome.optimum ?? solve(own, expectedReturns);
  const weights = optimum.variables.slice(0, assets);
  const { square, product } = formOf(matrix, weights, assets);
  const worst = expectedReturns.map((mu, i) => (square > 0 ? mu - (radius * product[i]!) / Math.sqrt(square) : mu));
  const utility = (returns: Float64Array, of: Float64Array): number =>
    inner(returns, of) - (riskAversion / 2) * quadraticForm(covariance, of);
  const objective = utility(worst, weights);
  const rival = solve(own, worst);
  const bound = Math.max(objective, utility(worst, rival.variables.slice(0, assets)) + rival.gap);
  const solution = toOptimum(program, { ...optimum, iterations }, weights, { objective, gap: bound - objective });
  return { ...solution, bound };
}

interface Point {
  readonly optimum: ProgramOptimum;
  readonly tau: number;
}

function requireNotNegative(value: number, field: string): void {
  requireFiniteNumber(value, field);
  if (value < 0) throw new RiskMathError('invalidInput', `${field} is not negative`, { field });
}

/** wᵀΩw and Ωw. */
function formOf(
  matrix: Float64Array,
  weights: Float64Array,
  size: number,
): { readonly square: number; readonly product: Float64Array } {
  const product = new Float64Array(size);
  let square = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) product[i]! += matrix[i * size + j]! * weights[j]!;
    square += product[i]! * weights[i]!;
  }
  return { square: Math.max(0, square), product };
}
