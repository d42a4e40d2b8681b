import type { Solution } from '../allocation/types.js';
import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { multiply, quadraticForm } from '../model/risk-model-matrix.js';
import { inner } from './mean-variance.js';
import { createPortfolioProgram } from './portfolio-program.js';
import { solveProgram, toOptimum } from './solve-program.js';
import type { OptimisationProblem } from './types.js';

/** What is wanted: return high, the others low. All are convex. */
export type Objective =
  | { readonly kind: 'expectedReturn'; readonly expectedReturns: Float64Array }
  /** wᵀΣw. */
  | { readonly kind: 'variance' }
  /** (w − b)ᵀΣ(w − b). */
  | { readonly kind: 'activeVariance'; readonly benchmark: Float64Array }
  /** Σ |wᵢ − fromᵢ|. */
  | { readonly kind: 'turnover'; readonly from: Float64Array }
  /** Σ (wᵢ)², concentration. */
  | { readonly kind: 'concentration' };

/** A portfolio that no other betters in one objective without being worse in another. */
export interface ParetoPoint {
  readonly solution: Solution;
  /** Value of each objective, in the order given: return, variance, … as they are, not signed. */
  readonly values: Float64Array;
  /** The weights of the objectives behind it, sum 1, each over the objective's range. */
  readonly preferences: Float64Array;
}

/** Two values of an objective this near, over its scale, are one. */
const ALIKE = 1e-9;
/** Least preference of an objective: above 0, so that a point is better in it where it costs the others nothing. */
const LEAST = 1e-4;

/**
 * The Pareto set of several convex objectives under constraints: for every division of 1 into `steps` parts among them, the
 * optimum of their weighted sum, each objective over its range among the objectives' own optima. Every point is efficient; points
 * that come out alike are given once.
 *
 * Source: Das and Dennis (1997) for the division; Miettinen, "Nonlinear multiobjective optimization" (1999), section 3.1.
 *
 * @throws RiskMathError as `minimumVariance`; `invalidInput` on fewer than two objectives, or two of turnover
 */
export function paretoSet(
  problem: OptimisationProblem & { readonly objectives: readonly Objective[]; readonly steps: number },
): ParetoPoint[] {
  const { objectives, steps, covariance } = problem;
  requireInteger(steps, 1, 'steps');
  if (objectives.length < 2) {
    throw new RiskMathError('invalidInput', 'a Pareto set is of at least two objectives', { field: 'objectives' });
  }
  const from = checked(objectives, covariance.size);
  const costs = from === undefined ? undefined : { from, linear: new Float64Array(covariance.size) };
  const program = createPortfolioProgram(problem, costs);
  const valuesAt = (weights: Float64Array): Float64Array =>
    Float64Array.from(objectives, (objective) => valueOf(objective, weights, problem));
  const solve = (preferences: Float64Array, scales: Float64Array): ParetoPoint => {
    const curvature = new Float64Array(covariance.size ** 2);
    const slope = new Float64Array(program.size);
    objectives.forEach((objective, k) => add(objective, preferences[k]! / scales[k]!, problem, curvature, slope));
    const optimum = solveProgram(program, curvature, slope);
    const weights = optimum.variables.slice(0, program.assets);
    const values = valuesAt(weights);
    const objective = values.reduce(
      (total, value, k) => total + (signOf(objectives[k]!) * preferences[k]! * value) / scales[k]!,
      0,
    );
    return { solution: toOptimum(program, optimum, weights, { objective }), values, preferences };
  };
  const count = objectives.length;
  const rough = roughScales(problem, objectives);
  const alone = objectives.map((_, k) => solve(preferring(count, k), rough));
  const scales = rough.map((size, k) => {
    const reached = alone.map(({ values }) => values[k]!);
    const range = Math.max(...reached) - Math.min(...reached);
    // What the others' optima leave alone but for rounding has no range to be measured by.
    return range > ALIKE * size ? range : size;
  });
  const points: ParetoPoint[] = [];
  for (const parts of divisions(steps, count)) {
    const raw = Float64Array.from(parts, (part) => Math.max(part / steps, LEAST));
    const sum = raw.reduce((total, value) => total + value, 0);
    const point = solve(
      raw.map((value) => value / sum),
      scales,
    );
    const known = points.some(({ values }) =>
      values.every((value, k) => Math.abs(value - point.values[k]!) <= ALIKE * scales[k]!),
    );
    if (!known) points.push(point);
  }
  return points;
}

/** The weights that trades are counted from. */
function checked(objectives: readonly Objective[], assets: number): Float64Array | undefined {
  let from: Float64Array | undefined;
  objectives.forEach((objective, k) => {
    const vector =
      objective.kind === 'expectedReturn'
        ? objective.expectedReturns
        : objective.kind === 'activeVariance'
          ? objective.benchmark
          : objective.kind === 'turnover'
            ? objective.from
            : undefined;
    if (vector === undefined) return;
    requireLength(vector, assets, `objectives.${k}`);
    requireFinite(vector, `objectives.${k}`);
    if (objective.kind !== 'turnover') return;
    if (from !== undefined) {
      throw new RiskMathError('invalidInput', 'trades start from one portfolio: one objective is of turnover', {
        field: `objectives.${k}`,
      });
    }
    from = vector;
  });
  return from;
}

function signOf({ kind }: Objective): 1 | -1 {
  return kind === 'expectedReturn' ? -1 : 1;
}

function valueOf(objective: Objective, weights: Float64Array, { covariance }: OptimisationProblem): number {
  switch (objective.kind) {
    case 'expectedReturn':
      return inner(objective.expectedReturns, weights);
    case 'variance':
      return quadraticForm(covariance, weights);
    case 'activeVariance':
      return quadraticForm(
        covariance,
        weights.map((weight, i) => weight - objective.benchmark[i]!),
      );
    case 'turnover':
      return weights.reduce((total, weight, i) => total + Math.abs(weight - objective.from[i]!), 0);
    case 'concentration':
      return inner(weights, weights);
  }
}

/** Adds a multiple of an objective, to be minimised, to ½ wᵀHw + hᵀx. */
function add(
  objective: Objective,
  factor: number,
  { covariance }: OptimisationProblem,
  curvature: Float64Array,
  slope: Float64Array,
): void {
  const { size, values } = covariance;
  switch (objective.kind) {
    case 'expectedReturn':
      objective.expectedReturns.forEach((mean, i) => (slope[i]! -= factor * mean));
      return;
    case 'variance':
      values.forEach((value, k) => (curvature[k]! += 2 * factor * value));
      return;
    case 'activeVariance':
      values.forEach((value, k) => (curvature[k]! += 2 * factor * value));
      multiply(covariance, objective.benchmark).forEach((value, i) => (slope[i]! -= 2 * factor * value));
      return;
    case 'turnover':
      for (let i = 0; i < size; i++) slope[size + i]! += factor;
      return;
    case 'concentration':
      for (let i = 0; i < size; i++) curvature[i * size + i]! += 2 * factor;
  }
}

function preferring(count: number, favourite: number): Float64Array {
  const rest = LEAST / Math.max(1, count - 1);
  return Float64Array.from({ length: count }, (_, k) => (k === favourite ? 1 - LEAST : rest));
}

function roughScales({ covariance }: OptimisationProblem, objectives: readonly Objective[]): Float64Array {
  const typical = covariance.variances.reduce((total, value) => total + value, 0) / covariance.size || 1;
  return Float64Array.from(objectives, (objective) => {
    if (objective.kind === 'expectedReturn') return Math.max(...objective.expectedReturns.map(Math.abs)) || 1;
    return objective.kind === 'variance' || objective.kind === 'activeVariance' ? typical : 1;
  });
}

/** All ways to divide `total` into `count` whole parts. */
function* divisions(total: number, count: number): Generator<number[]> {
  if (count === 1) yield [total];
  else
    for (let first = 0; first <= total; first++)
      for (const rest of divisions(total - first, count - 1)) yield [first, ...rest];
}
