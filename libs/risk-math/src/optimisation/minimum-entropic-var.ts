import type { Solution } from '../allocation/types.js';
import { sampleCovariance } from '../covariance/sample.js';
import { requireConfidence, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { entropicVar } from '../measures/entropic.js';
import type { Returns } from '../model/returns.js';
import type { ScenarioProblem } from './expected-shortfall.js';
import { inner } from './mean-variance.js';
import { type PortfolioProgram, createPortfolioProgram } from './portfolio-program.js';
import { type ProgramOptimum, solveProgram, toOptimum } from './solve-program.js';

const MAXIMUM_STEPS = 100;
const SHORTEST = 1e-8;
/** A fall that rounding of the value may hide: whole steps lead on. */
const ROUNDING = 1e-10;
/** Steps without a smaller gap after which only rounding is left. */
const PATIENCE = 3;
/** Gap, relative to the losses' size, that leaves nothing to improve, and above which an answer is refused. */
const EXACT = 1e-12;
const ACCEPTED = 1e-8;

/**
 * Minimum entropic value at risk of past returns: min EVaR(w) over the constraints. EVaR is convex, homogeneous and smooth, so
 * that each step is the quadratic program of its gradient and second derivatives over the same constraints, shortened until
 * EVaR falls. `bound` is the least value of the gradient's plane over the constraints, which no weights beat; `realisedShares`
 * are those of EVaR.
 *
 * Source: Ahmadi-Javid and Fallah-Tafti, "Portfolio optimization with entropic value-at-risk", European Journal of Operational Research 279 (2019).
 *
 * @throws RiskMathError `infeasible` naming a minimal set of constraints that clash; `tooFewObservations` where 1 − c is no more than one
 *   day of all, so that the largest loss alone counts; `notConverged` with the residual
 */
export function minimumEntropicVar(problem: ScenarioProblem): Solution {
  const { returns, confidence, constraints } = problem;
  requireConfidence(confidence);
  requireObservations(returns.observations, Math.floor(1 / (1 - confidence)) + 1, 'an entropic value at risk');
  const covariance = sampleCovariance(returns);
  const program = createPortfolioProgram({ covariance, constraints });
  const unit =
    Math.sqrt(returns.values.reduce((total, value) => total + value * value, 0) / returns.values.length) || 1;
  const first = solveProgram(program, covariance.values, new Float64Array(program.size));
  let { variables, iterations } = first;
  let point = pointOf(returns, confidence, variables.subarray(0, program.assets));
  let best: Found | null = null;
  for (let step = 0; step < MAXIMUM_STEPS; step++) {
    const plane = leastOf(program, point.gradient);
    const next = solveProgram(program, point.curvature, wide(program, point.gradient));
    iterations += next.iterations + (plane?.iterations ?? 0);
    const gap = plane === null ? Infinity : Math.max(0, point.value - plane.bound);
    if (best === null || gap < best.gap) best = { variables, point, gap, optimum: next, step };
    if (gap <= EXACT * unit || step > best.step + PATIENCE) break;
    const moved = shortened(problem, program, variables, next.variables, point);
    if (moved === null) break;
    ({ variables, point } = moved);
  }
  const { optimum, gap, point: found } = best!;
  if (!(gap <= ACCEPTED * unit)) {
    throw new RiskMathError('notConverged', `the optimisation stopped at a gap of ${gap}`, {
      residual: Math.min(gap / unit, Number.MAX_VALUE),
      iterations,
    });
  }
  const weights = best!.variables.slice(0, program.assets);
  const residual = gap / unit;
  const solution = toOptimum(program, { ...optimum, iterations, residual }, weights, { objective: found.value, gap });
  const shares = found.gradient.map((slope, i) => (found.value === 0 ? 0 : (slope * weights[i]!) / found.value));
  return { ...solution, bound: found.value - gap, targetShares: shares, realisedShares: shares };
}

/** The least value of gᵀw over the constraints; `null` where the method does not get there, so that this step proves nothing. */
function leastOf(
  program: PortfolioProgram,
  gradient: Float64Array,
): { readonly bound: number; readonly iterations: number } | null {
  try {
    const flat = new Float64Array(program.assets ** 2);
    const { variables, gap, iterations } = solveProgram(program, flat, wide(program, gradient));
    return { bound: inner(gradient, variables.subarray(0, program.assets)) - gap, iterations };
  } catch (error) {
    if (RiskMathError.is(error) && error.reason === 'notConverged') return null;
    throw error;
  }
}

interface Found {
  readonly variables: Float64Array;
  readonly point: Point;
  readonly gap: number;
  /** The program of the last step, whose multipliers name what binds. */
  readonly optimum: ProgramOptimum;
  readonly step: number;
}

interface Point {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly curvature: Float64Array;
}

function wide({ size }: PortfolioProgram, gradient: Float64Array): Float64Array {
  const slope = new Float64Array(size);
  slope.set(gradient);
  return slope;
}

/** The point on the way to `to` at which EVaR is enough below that of here. */
function shortened(
  { returns, confidence }: ScenarioProblem,
  { assets }: PortfolioProgram,
  from: Float64Array,
  to: Float64Array,
  here: Point,
): { readonly variables: Float64Array; readonly point: Point } | null {
  let slope = 0;
  for (let i = 0; i < assets; i++) slope += here.gradient[i]! * (to[i]! - from[i]!);
  const small = Math.abs(slope) <= ROUNDING * Math.abs(here.value);
  for (let length = 1; (slope < 0 || small) && length > SHORTEST; length /= 2) {
    const variables = from.map((value, i) => value + length * (to[i]! - value));
    const point = pointOf(returns, confidence, variables.subarray(0, assets));
    if (small || point.value <= here.value + 1e-4 * length * slope) return { variables, point };
  }
  return null;
}

/**
 * EVaR, its gradient Lᵀp and its second derivatives (C − c cᵀ / v) / z: C the covariance of the assets' losses under p, c that
 * with the portfolio's loss, v the portfolio's variance, which is what z gives way by.
 */
function pointOf(returns: Returns, confidence: number, weights: Float64Array): Point {
  const { values, observations, assets } = returns;
  const losses = new Float64Array(observations);
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) losses[t]! -= weights[i]! * values[t * assets + i]!;
  }
  const { value, temperature, weights: tail } = entropicVar(losses, confidence);
  const gradient = new Float64Array(assets);
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) gradient[i]! -= tail[t]! * values[t * assets + i]!;
  }
  const curvature = new Float64Array(assets * assets);
  const withPortfolio = new Float64Array(assets);
  const centred = new Float64Array(assets);
  let variance = 0;
  for (let t = 0; t < observations; t++) {
    const share = tail[t]!;
    for (let i = 0; i < assets; i++) centred[i] = -values[t * assets + i]! - gradient[i]!;
    const own = losses[t]! - value;
    variance += share * own * own;
    for (let i = 0; i < assets; i++) {
      const scaled = share * centred[i]!;
      withPortfolio[i]! += scaled * own;
      for (let j = 0; j <= i; j++) curvature[i * assets + j]! += scaled * centred[j]!;
    }
  }
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j <= i; j++) {
      const less = variance > 0 ? (withPortfolio[i]! * withPortfolio[j]!) / variance : 0;
      const element = temperature > 0 ? (curvature[i * assets + j]! - less) / temperature : 0;
      curvature[i * assets + j] = element;
      curvature[j * assets + i] = element;
    }
  }
  return { value, gradient, curvature };
}
