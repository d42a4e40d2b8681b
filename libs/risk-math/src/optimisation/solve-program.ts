import type {
  ConstrainedProblem,
  InteriorPointResult,
  QuadraticConstraint,
} from '../allocation/constrained-problem.js';
import { solveInterior } from '../allocation/interior-point.js';
import { riskShares } from '../allocation/solution.js';
import type { BindingConstraint, Solution } from '../allocation/types.js';
import { deviationContributions } from '../contributions/euler.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { solveBox } from './active-set.js';
import { type Ball, boundOf, embedded, reachedOf } from './balls.js';
import { isPossible, requirePossible } from './clashing.js';
import { type PortfolioProgram, constrainedProblem } from './portfolio-program.js';
import { type ShortfallLimit, type ShortfallObjective, shortfallAt, withShortfalls } from './shortfall-terms.js';

/** Where a convex program has its optimum. */
export interface ProgramOptimum {
  readonly variables: Float64Array;
  readonly iterations: number;
  readonly residual: number;
  /** How far the objective is from its optimum by duality, in the objective's unit. */
  readonly gap: number;
  readonly binding: readonly BindingConstraint[];
  /** What each scenario of an expected shortfall in the objective weighs; they sum to 1. */
  readonly tail?: Float64Array;
}

/** Residual above which an answer is refused. */
const ACCEPTED = 1e-8;
/**
 * The same where scenarios are weighed, as long as the weights obey every constraint within `ACCEPTED` and the gap, which bounds the objective,
 * is within `EXACT`: a kink whose multiplier is 0 ends the path half as exact in multipliers.
 */
const ACCEPTED_WITH_SCENARIOS = 1e-6;
/** Residual that leaves nothing to improve; a gap, relative to the size of the objective's terms, that is none. */
const EXACT = 1e-10;
/** ρ, relative to the objective's size, and how often. */
const PROXIMAL = 0.1;
const PROXIMAL_STEPS = 12;
/** A multiplier this far above rounding moved the solution; relative to the largest slope. */
const MOVED = 1e-7;
/** A weight this near its bound is at it; relative to the larger of the bound and the mean size of a weight. */
const AT_BOUND = 1e-6;

/**
 * min ½ wᵀHw + hᵀw over a portfolio program: by the active-set method where bounds and one equation are all there is, else by
 * the interior-point method.
 *
 * @param curvature n×n, H, positive semi-definite
 * @param slope by variable, h
 * @throws RiskMathError `infeasible` naming a minimal set of constraints that clash; `notPositiveSemiDefinite` where that is why the
 *   method does not get there; `notConverged` with the residual
 */
export function solveProgram(program: PortfolioProgram, curvature: Float64Array, slope: Float64Array): ProgramOptimum {
  const simple = onlyBounds(program) ? solveByActiveSet(program, curvature, slope) : null;
  if (simple !== null) return simple;
  requirePossible(program);
  return solveByInterior(program, curvature, slope);
}

/**
 * min ½ wᵀHw + hᵀw + weight × ES(w) over a portfolio program, by the interior-point method.
 *
 * @throws RiskMathError as `solveProgram`
 */
export function solveWithShortfall(
  program: PortfolioProgram,
  curvature: Float64Array,
  slope: Float64Array,
  shortfall: ShortfallObjective,
): ProgramOptimum {
  requirePossible(program);
  return solveByInterior(program, curvature, slope, shortfall);
}

/** `solveProgram` for one of many programs of a search: `null` when its constraints clash. */
export function trySolveProgram(
  program: PortfolioProgram,
  curvature: Float64Array,
  slope: Float64Array,
): ProgramOptimum | null {
  const simple = onlyBounds(program) ? solveByActiveSet(program, curvature, slope) : null;
  if (simple !== null) return simple;
  return isPossible(program) ? solveByInterior(program, curvature, slope) : null;
}

/**
 * `trySolveProgram` with more quadratic constraints, and without a look at whether the constraints clash: `null` too where they
 * leave nothing, or the method does not get there.
 */
export function trySolveWith(
  program: PortfolioProgram,
  curvature: Float64Array,
  slope: Float64Array,
  quadratics: readonly QuadraticConstraint[] = [],
): ProgramOptimum | null {
  const result = interior(program, curvature, slope, quadratics);
  return result.residual <= ACCEPTED ? result : null;
}

function onlyBounds({ rows, quadratics, shortfalls, size, assets }: PortfolioProgram): boolean {
  const equation = rows.length === 0 || (rows.length === 1 && rows[0]!.lower === rows[0]!.upper);
  return equation && quadratics.length + shortfalls.length === 0 && size === assets;
}

function solveByActiveSet(
  program: PortfolioProgram,
  quadratic: Float64Array,
  linear: Float64Array,
): ProgramOptimum | null {
  const { size, lower, upper, rows } = program;
  const row = rows[0]?.coefficients ?? null;
  const optimum = solveBox({ size, quadratic, linear, lower, upper, row, total: rows[0]?.upper ?? 0 });
  if (optimum === null || !(optimum.residual <= ACCEPTED)) return null;
  const { variables, iterations, residual, boundMultipliers } = optimum;
  return { variables, iterations, residual, gap: 0, binding: boundBinding(program, variables, boundMultipliers) };
}

function solveByInterior(
  program: PortfolioProgram,
  curvature: Float64Array,
  slope: Float64Array,
  shortfall: ShortfallObjective | null = null,
): ProgramOptimum {
  const { relativeGap, ...result } = interior(program, curvature, slope, [], shortfall);
  if (result.residual <= ACCEPTED) return result;
  const scenarios = shortfall !== null || program.shortfalls.length > 0;
  const obeys = infeasibilityOf(program, result.variables.slice(0, program.assets)) <= ACCEPTED;
  if (scenarios && result.residual <= ACCEPTED_WITH_SCENARIOS && obeys && relativeGap <= EXACT) return result;
  // It has an end where the objective is convex: what it was made of may not be a covariance.
  requirePositiveSemiDefinite(curvature, Math.sqrt(curvature.length), 'covariance');
  throw new RiskMathError('notConverged', `the optimisation stopped at a residual of ${result.residual}`, {
    residual: result.residual,
    iterations: result.iterations,
  });
}

function interior(
  program: PortfolioProgram,
  curvature: Float64Array,
  slope: Float64Array,
  more: readonly QuadraticConstraint[],
  shortfall: ShortfallObjective | null = null,
): ProgramOptimum & { readonly relativeGap: number } {
  const risk = shortfall === null ? 0 : shortfall.weight * shortfall.unit;
  const unit = Math.max(unitOf(curvature, slope, program.assets), risk) || 1;
  const width = Math.sqrt(curvature.length);
  const quadratic = embedded(curvature, width, program.size).map((value) => value / unit);
  const quadratics = [...program.quadratics, ...more].map((constraint) => {
    const { id, matrix, linear, limit } = constraint;
    const size = unitOf(matrix, linear, program.assets);
    return { id, matrix: matrix.map((v) => v / size), linear: linear.map((v) => v / size), limit: limit / size };
  });
  const scaled = slope.map((value) => value / unit);
  const linear = { ...constrainedProblem(program, quadratic, scaled), quadratics };
  const objective = shortfall === null ? null : { ...shortfall, weight: risk / unit };
  const { problem, start } = withShortfalls(linear, startOf(program), program.shortfalls, objective);
  const direct = solveInterior(problem, start);
  const result = direct.residual <= EXACT ? direct : byProximalSteps(problem, direct);
  const { rowMultipliers, boundMultipliers, quadraticMultipliers, scenarios } = result;
  const variables = result.variables.slice(0, program.size);
  const limits = objective === null ? scenarios : scenarios.slice(1);
  const binding = [
    ...boundBinding(program, variables, boundMultipliers),
    ...program.rows.flatMap((row, at) => rowBinding(row, rowMultipliers[at]!, variables)),
    ...program.quadratics.flatMap((ball, at) => ballBinding(ball, quadraticMultipliers[at]!, variables)),
    ...program.shortfalls.flatMap((limit, at) => shortfallBinding(limit, limits[at]!.price, variables)),
  ];
  const { iterations, residual, gap } = result;
  const optimum = { variables, iterations, residual, gap: gap * unit, relativeGap: Math.abs(gap), binding };
  if (objective === null) return optimum;
  return { ...optimum, tail: scenarios[0]!.weights.map((weight) => weight / objective.weight) };
}

/**
 * Where variables have no curvature of their own the interior-point method ends a few digits early. Some curvature around the
 * last point, min f(x) + ½ ρ |x − xₖ|², is well conditioned, and its solutions go to one of the problem itself
 * (Rockafellar, "Monotone operators and the proximal point algorithm", 1976; after finitely many steps on a linear program).
 */
function byProximalSteps(problem: ConstrainedProblem, direct: InteriorPointResult): InteriorPointResult {
  const { size, quadratic, linear } = problem;
  const curved = quadratic.slice();
  for (let i = 0; i < size; i++) curved[i * size + i]! += PROXIMAL;
  const steepness = linear.reduce((most, value) => Math.max(most, Math.abs(value)), PROXIMAL);
  let best = direct;
  let at = direct.variables;
  let { iterations } = direct;
  for (let step = 0; step < PROXIMAL_STEPS && best.residual > EXACT; step++) {
    const centre = at;
    const pulled = linear.map((value, i) => value - PROXIMAL * centre[i]!);
    const result = solveInterior({ ...problem, quadratic: curved, linear: pulled }, interiorStart(problem, centre));
    iterations += result.iterations;
    const moved = result.variables.reduce((most, value, i) => Math.max(most, Math.abs(value - centre[i]!)), 0);
    const residual = Math.max(result.residual, (PROXIMAL * moved) / steepness);
    if (residual < best.residual) best = { ...result, residual };
    at = result.variables;
  }
  return { ...best, iterations };
}

function interiorStart({ lower, upper }: ConstrainedProblem, at: Float64Array): Float64Array {
  return at.map((value, i) => Math.min(Math.max(value, lower[i]! + 1e-3), Math.max(upper[i]! - 1e-3, lower[i]!)));
}

/** The size of an objective's or a constraint's terms at weights of about 1/n. */
function unitOf(curvature: Float64Array, slope: Float64Array, assets: number): number {
  const width = Math.sqrt(curvature.length);
  let trace = 0;
  for (let i = 0; i < width; i++) trace += curvature[i * width + i]!;
  const largest = slope.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(trace / assets, largest) || 1;
}

function startOf({ size, assets, lower, upper }: PortfolioProgram): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const inside = Math.max(lower[i]!, Math.min(upper[i]!, 1 / assets));
    return upper[i]! - lower[i]! < Infinity ? (inside + (lower[i]! + upper[i]!) / 2) / 2 : inside;
  });
}

function boundBinding(
  program: PortfolioProgram,
  variables: Float64Array,
  multipliers: Float64Array,
): BindingConstraint[] {
  const largest = multipliers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const held = variables.subarray(0, program.assets);
  const typical = held.reduce((total, weight) => total + Math.abs(weight), 0) / program.assets;
  return program.assetIds.flatMap((id, i) => {
    const multiplier = multipliers[i]!;
    const upper = multiplier > 0;
    const bound = upper ? program.upper[i]! : program.lower[i]!;
    // Where the optimum costs next to nothing the largest multiplier is rounding as well.
    if (Math.abs(variables[i]! - bound) > AT_BOUND * Math.max(Math.abs(bound), typical)) return [];
    // Plain long only is no constraint to name.
    if (Math.abs(multiplier) <= MOVED * largest || (!upper && bound === 0)) return [];
    return [{ constraint: `${upper ? 'upper' : 'lower'}Bound:${id}`, bound, value: variables[i]! }];
  });
}

function rowBinding(
  { lower, upper, lowerName, upperName, coefficients }: PortfolioProgram['rows'][number],
  multiplier: number,
  variables: Float64Array,
): BindingConstraint[] {
  const above = multiplier > 0;
  const name = above ? upperName : lowerName;
  if (Math.abs(multiplier) <= MOVED || lower === upper || name.startsWith('trade:')) return [];
  const value = coefficients.reduce((total, coefficient, i) => total + coefficient * variables[i]!, 0);
  return [{ constraint: name, bound: above ? upper : lower, value }];
}

function ballBinding(ball: Ball, multiplier: number, variables: Float64Array): BindingConstraint[] {
  if (multiplier <= MOVED) return [];
  return [{ constraint: ball.id, bound: boundOf(ball), value: reachedOf(ball, variables) }];
}

function shortfallBinding(limit: ShortfallLimit, multiplier: number, variables: Float64Array): BindingConstraint[] {
  if (multiplier <= MOVED) return [];
  return [{ constraint: limit.id, bound: limit.limit, value: shortfallAt(limit, variables) }];
}

/** The solution of an optimisation. */
export function toOptimum(
  program: PortfolioProgram,
  optimum: ProgramOptimum,
  weights: Float64Array,
  figures: { readonly objective: number; readonly gap?: number },
): Solution {
  if (!weights.every(Number.isFinite) || !Number.isFinite(figures.objective)) {
    throw new RiskMathError('notConverged', 'the solution is not finite', { iterations: optimum.iterations });
  }
  const realisedShares = riskShares(program.covariance, weights);
  const gap = figures.gap ?? optimum.gap;
  return {
    assetIds: program.assetIds,
    weights,
    targetShares: realisedShares,
    realisedShares,
    status: 'optimal',
    binding: optimum.binding,
    iterations: optimum.iterations,
    residual: optimum.residual,
    volatilityAnnual: ANNUALISATION * deviationContributions(program.covariance, weights).total,
    objective: figures.objective,
    gap,
    infeasibility: infeasibilityOf(program, weights),
  };
}

/** Largest violation of a bound or row by weights; trades are taken as they are. */
export function infeasibilityOf(program: PortfolioProgram, weights: Float64Array): number {
  const { assets, size, lower, upper, rows } = program;
  const variables = new Float64Array(size);
  variables.set(weights);
  for (let i = assets; i < size; i++) variables[i] = tradeOf(program, weights, i - assets);
  let worst = 0;
  for (let i = 0; i < assets; i++) worst = Math.max(worst, lower[i]! - weights[i]!, weights[i]! - upper[i]!);
  for (const row of rows) {
    let value = 0;
    for (let i = 0; i < size; i++) value += row.coefficients[i]! * variables[i]!;
    worst = Math.max(worst, row.lower - value, value - row.upper);
  }
  for (const ball of program.quadratics) {
    worst = Math.max(worst, reachedOf(ball, weights) - boundOf(ball));
  }
  for (const limit of program.shortfalls) worst = Math.max(worst, shortfallAt(limit, weights) - limit.limit);
  return worst;
}

/** |wᵢ − fromᵢ| from the pair of rows that define it. */
function tradeOf({ rows, assetIds, assets }: PortfolioProgram, weights: Float64Array, asset: number): number {
  let size = 0;
  for (const { upperName, coefficients, upper } of rows) {
    if (upperName === `trade:${assetIds[asset]!}` && coefficients[assets + asset] === -1) {
      size = Math.max(size, coefficients[asset]! * weights[asset]! - upper);
    }
  }
  return size;
}
