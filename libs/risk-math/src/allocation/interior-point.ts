import {
  type ConstrainedProblem,
  type InteriorPointResult,
  type Side,
  sideValue,
  sidesOf,
} from './constrained-problem.js';
import { OptimalitySystem } from './optimality-system.js';

const MAXIMUM_ITERATIONS = 200;
const TOLERANCE = 1e-14;
/** Below this only rounding is left, and two steps without progress are enough. */
const ROUNDING = 1e-11;
/** Changes of the active set that the polish tries. */
const POLISHES = 6;

/**
 * Primal-dual interior-point method for
 *
 *     min ½ yᵀQy + qᵀy − Σ bᵢ ln yᵢ   subject to   lower ≤ y ≤ upper,  L ≤ Ay ≤ U,  ½ yᵀPₖy + pₖᵀy ≤ rₖ
 *
 * and measures of scenarios' losses in the objective or under a limit.
 *
 * The logarithm is the condition uᵢ yᵢ = bᵢ on the multiplier of yᵢ > 0, so that the whole is the path-following method of
 * a convex quadratic program whose products go to bᵢ for these pairs and to 0 for all others. From any start it reaches the
 * optimum of every problem with a strictly feasible point (Wright, "Primal-Dual Interior-Point Methods", 1997, chapter 6).
 */
export function solveInterior(problem: ConstrainedProblem, start: Float64Array): InteriorPointResult {
  const scales = problem.rows.map(largest);
  const balanced = { ...problem, rows: problem.rows.map((row, at) => scaledRow(row, scales[at]!)) };
  const interior = follow(balanced, start);
  const exact = interior.residual <= ROUNDING || problem.scenarios !== undefined;
  const result = exact ? interior : polish(balanced, interior);
  return { ...result, rowMultipliers: result.rowMultipliers.map((multiplier, at) => multiplier / scales[at]!) };
}

type Row = ConstrainedProblem['rows'][number];

function largest({ coefficients }: Row): number {
  return coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

/** A row of daily returns beside one of weights has slacks ten thousand times smaller and multipliers as much larger: all in one size. */
function scaledRow(row: Row, scale: number): Row {
  if (scale === 1) return row;
  const coefficients = row.coefficients.map((value) => value / scale);
  return { coefficients, lower: row.lower / scale, upper: row.upper / scale };
}

function follow(problem: ConstrainedProblem, start: Float64Array): InteriorPointResult {
  const system = new OptimalitySystem(problem, start);
  let best = system.snapshot(system.residual());
  for (let iteration = 1; iteration <= MAXIMUM_ITERATIONS && system.advance(); iteration++) {
    const residual = system.residual();
    if (residual < best.residual) best = system.snapshot(residual);
    else if (iteration > best.iterations + (best.residual < ROUNDING ? 2 : 12)) break;
    if (best.residual <= TOLERANCE) break;
  }
  return best;
}

/**
 * Where a constraint binds and its multiplier is 0 as well, the path ends only half as exact as elsewhere. Then the
 * constraints that seem to bind are made equations, the others left out, and the set is mended until it fits.
 */
function polish(problem: ConstrainedProblem, interior: InteriorPointResult): InteriorPointResult {
  if (!curved(problem)) return interior;
  const sides = sidesOf(problem);
  const length = interior.variables.reduce((total, value) => total + Math.abs(value), 0);
  const linear = sides.filter(({ kind }) => kind !== 'quadratic');
  let active = linear.filter((side) => side.limit - sideValue(problem, side, interior.variables) < 1e-5 * length);
  let best = interior;
  let { iterations } = interior;
  for (let attempt = 0; attempt < POLISHES; attempt++) {
    const solved = follow(withEquations(problem, active), interior.variables);
    iterations += solved.iterations;
    const multipliers = solved.rowMultipliers.subarray(problem.rows.length);
    const steepness = Math.max(...multipliers.map(Math.abs), Number.MIN_VALUE);
    const wrong = new Set(active.filter((_, at) => multipliers[at]! < 0));
    const excess = (side: Side): number => sideValue(problem, side, solved.variables) - side.limit;
    const missed = linear.filter((side) => !active.includes(side) && excess(side) > 0);
    const residual = Math.max(
      solved.residual,
      ...active.map((_, at) => -multipliers[at]! / steepness),
      // Of equations that contradict each other some are left out: those are missed as well.
      ...linear.map((side) => excess(side) / length),
    );
    if (residual < best.residual) best = { ...original(problem, solved, active), residual };
    if (best.residual <= ROUNDING || wrong.size + missed.length === 0) break;
    active = [...active.filter((side) => !wrong.has(side)), ...missed];
  }
  return { ...best, iterations };
}

/** Whether every variable has a curvature that does not come from a side: equations alone do not hold the others. */
function curved({ size, quadratic, barrier, quadratics = [] }: ConstrainedProblem): boolean {
  const bent = (i: number): boolean => quadratics.some(({ matrix }) => matrix[i * size + i]! > 0);
  return barrier.every((weight, i) => weight > 0 || quadratic[i * size + i]! > 0 || bent(i));
}

/** The problem with some sides as equations and no other inequality. */
function withEquations(problem: ConstrainedProblem, active: readonly Side[]): ConstrainedProblem {
  const { size, barrier, rows } = problem;
  const equations = active.map((side) => {
    const coefficients = new Float64Array(size);
    side.variables.forEach((variable, k) => (coefficients[variable] = side.coefficients[k]!));
    return { coefficients, lower: side.limit, upper: side.limit };
  });
  const kept = rows.map((row) => (row.lower === row.upper ? row : { ...row, lower: -Infinity, upper: Infinity }));
  return {
    ...problem,
    lower: barrier.map((weight) => (weight === 0 ? -Infinity : 0)),
    upper: new Float64Array(size).fill(Infinity),
    rows: [...kept, ...equations],
  };
}

/** The multipliers of the equations as those of the bounds and rows they stand for. */
function original(
  problem: ConstrainedProblem,
  solved: InteriorPointResult,
  active: readonly Side[],
): InteriorPointResult {
  const boundMultipliers = new Float64Array(problem.size);
  const rowMultipliers = solved.rowMultipliers.slice(0, problem.rows.length);
  active.forEach((side, at) => {
    const multiplier = side.sign * solved.rowMultipliers[problem.rows.length + at]!;
    if (side.kind === 'bound') boundMultipliers[side.index]! += multiplier;
    else rowMultipliers[side.index]! += multiplier;
  });
  return { ...solved, boundMultipliers, rowMultipliers };
}
