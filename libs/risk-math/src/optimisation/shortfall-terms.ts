import type { ConstrainedProblem } from '../allocation/constrained-problem.js';
import type { ScenarioTerm } from '../allocation/scenario-state.js';
import { requireConfidence, requireFiniteNumber, requireLength, requireObservations } from '../foundation/guards.js';
import { historicalEs } from '../measures/historical.js';
import { tailMass } from '../measures/order-statistics.js';
import { type Returns, requireReturns } from '../model/returns.js';
import { embedded } from './balls.js';
import type { OptimisationProblem } from './types.js';

/** Expected shortfall of past returns, as a program takes it. */
export interface Shortfall {
  /** T×n row-major over their own size, so that they are about 1. */
  readonly losses: Float64Array;
  readonly scenarios: number;
  /** What the losses were divided by. */
  readonly unit: number;
  readonly confidence: number;
}

export interface ShortfallLimit extends Shortfall {
  readonly id: string;
  /** Fraction of NAV. */
  readonly limit: number;
}

/** Expected shortfall in an objective, times a weight. */
export interface ShortfallObjective extends Shortfall {
  readonly weight: number;
}

export function shortfallOf({ values, observations }: Returns, confidence: number): Shortfall {
  const squares = values.reduce((total, value) => total + value * value, 0);
  const unit = Math.sqrt(squares / values.length) || 1;
  return { losses: values.map((value) => -value / unit), scenarios: observations, unit, confidence };
}

/** The limits on expected shortfall. @throws RiskMathError `invalidInput`; `tooFewObservations` */
export function shortfallsOf({ covariance, constraints }: OptimisationProblem): ShortfallLimit[] {
  const given = constraints?.expectedShortfall;
  if (given === undefined) return [];
  const { returns, confidence, limit } = given;
  const field = 'constraints.expectedShortfall';
  requireLength(returns.values, returns.observations * covariance.size, field);
  requireReturns(returns, field);
  requireObservations(returns.observations, 2, 'expected shortfall');
  requireConfidence(confidence);
  requireFiniteNumber(limit, field);
  return [{ ...shortfallOf(returns, confidence), id: 'expectedShortfall', limit }];
}

/** Expected shortfall of weights, fraction of NAV. */
export function shortfallAt({ losses, scenarios, unit, confidence }: Shortfall, weights: Float64Array): number {
  const assets = losses.length / scenarios;
  return unit * historicalEs(lossesAt(losses, assets, weights), confidence);
}

function lossesAt(losses: Float64Array, assets: number, weights: Float64Array): Float64Array {
  return Float64Array.from({ length: losses.length / assets }, (_, s) => {
    let total = 0;
    for (let i = 0; i < assets; i++) total += losses[s * assets + i]! * weights[i]!;
    return total;
  });
}

/**
 * A problem with expected shortfalls under limits and, first, in its objective: each brings one more variable, its quantile
 * (Rockafellar and Uryasev, 2000).
 *
 * @param start of the variables of `problem`
 */
export function withShortfalls(
  problem: ConstrainedProblem,
  start: Float64Array,
  limits: readonly ShortfallLimit[],
  objective: ShortfallObjective | null,
): { readonly problem: ConstrainedProblem; readonly start: Float64Array } {
  const all = objective === null ? limits : [objective, ...limits];
  if (all.length === 0) return { problem, start };
  const from = problem.size;
  const size = from + all.length;
  const wider = (values: Float64Array, fill = 0): Float64Array => {
    const result = new Float64Array(size).fill(fill, from);
    result.set(values);
    return result;
  };
  const linear = wider(problem.linear);
  if (objective !== null) linear[from] = objective.weight;
  const widened = wider(start);
  const scenarios = all.map((shortfall, k): ScenarioTerm => {
    const { losses, scenarios: count, confidence, unit } = shortfall;
    const share = 1 / tailMass(count, confidence);
    const assets = losses.length / count;
    const at = lossesAt(losses, assets, start);
    widened[from + k] = Math.sqrt(at.reduce((total, loss) => total + loss * loss, 0) / count);
    const term = { losses, scenarios: count, assets, quantile: from + k };
    return 'limit' in shortfall
      ? { ...term, kind: 'shortfallLimit', share, limit: shortfall.limit / unit }
      : { ...term, kind: 'shortfall', share: share * shortfall.weight, limit: Infinity };
  });
  return {
    start: widened,
    problem: {
      size,
      quadratic: embedded(problem.quadratic, from, size),
      linear,
      barrier: wider(problem.barrier),
      lower: wider(problem.lower, -Infinity),
      upper: wider(problem.upper, Infinity),
      rows: problem.rows.map((row) => ({ ...row, coefficients: wider(row.coefficients) })),
      quadratics: (problem.quadratics ?? []).map((constraint) => ({
        ...constraint,
        matrix: embedded(constraint.matrix, from, size),
        linear: wider(constraint.linear),
      })),
      scenarios,
    },
  };
}
