import { deviationContributions } from '../contributions/euler.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Covariance } from '../model/covariance.js';
import { type RiskModelMatrix, multiply } from '../model/risk-model-matrix.js';
import { ROUNDING } from '../foundation/variance.js';
import { createProgram, expand } from './program.js';
import { checkedBudgets, solveRiskBudgets } from './risk-budgeting.js';
import { toSolution } from './solution.js';
import type { ActiveRiskSolution, AllocationProblem, BindingConstraint, WeightConstraints } from './types.js';

/** What active risk is measured against, in terms of the problem's assets. */
export type ActiveBenchmark =
  /** A price series, or any basket the assets are not drawn from: one short asset. */
  | {
      readonly kind: 'series';
      /** Covariance of each asset with the benchmark, per day. */
      readonly covariances: Float64Array;
      /** The benchmark's own variance, per day. */
      readonly variance: number;
    }
  /** Weights by asset; every name of the benchmark is an asset of the problem. */
  | { readonly kind: 'weights'; readonly weights: Float64Array };

export type ActiveRiskProblem = AllocationProblem & {
  /** Share of active risk by asset, none negative, sum 1. */
  readonly budgets: ArrayLike<number>;
  readonly benchmark: ActiveBenchmark;
};

/**
 * Budgets of active risk: the shares of tracking error over active weights.
 *
 * Against a **series**, which is one short asset, the positions' contributions wᵢ (Σw − σ_B)ᵢ / TE are to be in the
 * proportion of the budgets:
 *
 *     min ½ TE²(w) − λ Σ bᵢ ln |wᵢ|,  λ such that the weights meet their scale (net 1 unless given).
 *
 * For each λ it is strictly convex, so that its solution is unique; what the benchmark's own node takes is not budgeted and
 * is given as `benchmarkContribution`. When even the smallest λ invests more than the scale, no such portfolio exists.
 *
 * Against **weights**, the active weights aᵢ = wᵢ − bᵢ themselves carry the budgets: aᵢ (Σa)ᵢ / TE² = budgetᵢ. Which names
 * are over- and which underweight is part of the question (each pattern has its own solution): `signs` are required, a
 * problem without them is `ambiguous`. The scale is the tracking error (`volatility`) or the gross active weight; names with
 * a budget of 0 stay at their benchmark weight. The portfolio's weights may not be negative unless a bound allows it, and
 * need not sum to 1: the rest is cash. Bounds and groups are of the portfolio's weights.
 *
 * Source: the program of Richard and Roncalli (2019) as in `riskBudgeting`, of which ½ TE² = ½ wᵀΣw − wᵀσ_B + ½ σ²_B
 * takes the place of ½ wᵀΣw.
 *
 * @throws RiskMathError as `riskBudgeting`; `ambiguous` against weights without signs; `infeasible` when no scale is possible;
 *   `notPositiveSemiDefinite` when variance and covariances of a series cannot be those of a benchmark of the assets
 */
export function activeRiskBudgeting(problem: ActiveRiskProblem): ActiveRiskSolution {
  const budgets = checkedBudgets(problem.budgets, problem.covariance.size);
  return problem.benchmark.kind === 'series'
    ? againstSeries(problem, problem.benchmark, budgets)
    : againstWeights(problem, problem.benchmark.weights, budgets);
}

/**
 * A series or basket of the risk model as the benchmark of some of its instruments.
 *
 * @param benchmarkWeights by row of the matrix: 1 in the row of a series
 * @param rows of the problem's assets
 */
export function seriesBenchmark(
  matrix: RiskModelMatrix,
  benchmarkWeights: Float64Array,
  rows: ArrayLike<number>,
): ActiveBenchmark {
  const product = multiply(matrix, benchmarkWeights);
  let variance = 0;
  for (let i = 0; i < product.length; i++) variance += product[i]! * benchmarkWeights[i]!;
  return { kind: 'series', covariances: Float64Array.from(rows, (row) => product[row]!), variance };
}

function againstSeries(
  problem: ActiveRiskProblem,
  benchmark: Extract<ActiveBenchmark, { kind: 'series' }>,
  budgets: Float64Array,
): ActiveRiskSolution {
  const { covariance } = problem;
  requireJoint(covariance, benchmark);
  if (problem.scale?.kind === 'volatility') {
    throw new RiskMathError('invalidInput', 'against a series the scale is the net or gross weight', {
      field: 'scale',
    });
  }
  const program = createProgram(problem);
  const linear = program.units.map((unit, asset) => -unit * benchmark.covariances[asset]!);
  const outcome = solveRiskBudgets(program, budgets, linear);
  const weights = expand(program, outcome.variables);
  const product = multiply(covariance, weights);
  const contributions = weights.map((weight, i) => weight * (product[i]! - benchmark.covariances[i]!));
  const taken = contributions.reduce((total, value) => total + value, 0);
  const own = benchmark.variance - benchmark.covariances.reduce((total, value, i) => total + value * weights[i]!, 0);
  const squared = taken + own;
  if (squared < -ROUNDING * (taken - own + 2 * benchmark.variance)) {
    throw notJoint('assets and benchmark together have a portfolio of negative variance');
  }
  const trackingError = Math.sqrt(Math.max(0, squared));
  return {
    ...toSolution(program, outcome, budgets),
    realisedShares: contributions.map((value) => (taken === 0 ? 0 : value / taken)),
    volatilityAnnual: ANNUALISATION * trackingError,
    activeWeights: weights,
    trackingErrorAnnual: ANNUALISATION * trackingError,
    benchmarkContribution: trackingError > 0 ? (ANNUALISATION * own) / trackingError : 0,
  };
}

/** That a covariance with a benchmark series can be one: as far as can be seen before the weights are known. */
function requireJoint(
  { size, variances, ids = [] }: Covariance,
  { covariances, variance }: Extract<ActiveBenchmark, { kind: 'series' }>,
): void {
  requireLength(covariances, size, 'benchmark.covariances');
  requireFinite(covariances, 'benchmark.covariances');
  requireFiniteNumber(variance, 'benchmark.variance');
  if (variance < 0) throw notJoint('the variance of the benchmark is negative');
  for (let i = 0; i < size; i++) {
    if (Math.abs(covariances[i]!) > Math.sqrt(variances[i]! * variance) * (1 + ROUNDING)) {
      throw notJoint(`the correlation of ${ids[i] ?? i} with the benchmark is beyond 1`);
    }
  }
}

function notJoint(message: string): RiskMathError {
  return new RiskMathError('notPositiveSemiDefinite', message, { field: 'benchmark' });
}

function againstWeights(
  problem: ActiveRiskProblem,
  benchmarkWeights: Float64Array,
  budgets: Float64Array,
): ActiveRiskSolution {
  const { covariance, scale, signs } = problem;
  requireLength(benchmarkWeights, covariance.size, 'benchmark.weights');
  requireFinite(benchmarkWeights, 'benchmark.weights');
  if (signs === undefined) {
    throw new RiskMathError(
      'ambiguous',
      'say by signs which names are over- and which underweight: each pattern has its own solution',
      { field: 'signs' },
    );
  }
  if (scale === undefined || scale.kind === 'net') {
    throw new RiskMathError(
      'invalidInput',
      'against weights the scale is the tracking error or the gross active weight',
      {
        field: 'scale',
      },
    );
  }
  const ids = covariance.ids ?? [];
  const constraints = activeConstraints(problem.constraints ?? {}, ids, benchmarkWeights);
  const program = createProgram({ covariance, signs, scale, constraints });
  const solution = toSolution(program, solveRiskBudgets(program, budgets), budgets);
  const { total } = deviationContributions(covariance, solution.weights);
  return {
    ...solution,
    weights: solution.weights.map((active, i) => active + benchmarkWeights[i]!),
    binding: solution.binding.map((binding) => absolute(binding, problem.constraints ?? {}, ids, benchmarkWeights)),
    activeWeights: solution.weights,
    trackingErrorAnnual: ANNUALISATION * total,
    benchmarkContribution: 0,
  };
}

/** Bounds of weights as bounds of active weights; a weight without a lower bound is not negative. */
function activeConstraints(
  constraints: WeightConstraints,
  ids: readonly string[],
  benchmarkWeights: Float64Array,
): WeightConstraints {
  const given = new Map((constraints.bounds ?? []).map((bound) => [bound.assetId, bound]));
  const bounds = ids.map((assetId, i) => {
    const bound = given.get(assetId);
    const lower = (bound?.lower ?? 0) - benchmarkWeights[i]!;
    return bound?.upper === undefined
      ? { assetId, lower }
      : { assetId, lower, upper: bound.upper - benchmarkWeights[i]! };
  });
  const unknown = [...given.values()].filter(({ assetId }) => !ids.includes(assetId));
  const groups = (constraints.groups ?? []).map((group) => {
    const base = groupWeight(group.assetIds, ids, benchmarkWeights);
    return {
      id: group.id,
      assetIds: group.assetIds,
      ...(group.lower === undefined ? {} : { lower: group.lower - base }),
      ...(group.upper === undefined ? {} : { upper: group.upper - base }),
    };
  });
  return { bounds: [...bounds, ...unknown], groups };
}

/** A binding constraint of active weights in terms of the portfolio's weights. */
function absolute(
  binding: BindingConstraint,
  constraints: WeightConstraints,
  ids: readonly string[],
  benchmarkWeights: Float64Array,
): BindingConstraint {
  const name = binding.constraint.slice(binding.constraint.indexOf(':') + 1);
  const group = binding.constraint.startsWith('group')
    ? constraints.groups?.find(({ id }) => id === name)?.assetIds
    : [name];
  const base = groupWeight(group ?? [], ids, benchmarkWeights);
  return { ...binding, bound: binding.bound + base, value: binding.value + base };
}

function groupWeight(assetIds: readonly string[], ids: readonly string[], weights: Float64Array): number {
  let total = 0;
  ids.forEach((id, i) => {
    if (assetIds.includes(id)) total += weights[i]!;
  });
  return total;
}
