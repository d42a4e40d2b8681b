import type { ComputePool } from '@risk-budget/compute';
import {
  subCovariance,
  type ActiveBenchmark,
  type AllocationProblem,
  type Covariance,
  type Solution,
  type WithinGroup,
} from '@risk-budget/risk-math';
import type { AllocationMethod } from './allocation.schemas.js';

/** Leaves that are weighed as one: those of a strategy or of a sector within one. */
export interface LeafGroup {
  readonly id: string;
  readonly leafIds: readonly string[];
}

/** An allocation problem with everything looked up. */
export interface WeightProblem {
  readonly method: AllocationMethod;
  /** Of the leaves, by leaf id. */
  readonly covariance: Covariance;
  /** Absent at leaf level. */
  readonly groups?: readonly LeafGroup[] | undefined;
  readonly within: WithinGroup;
  /** By leaf, or by group where there are groups: weights, or shares of risk that sum to 1. */
  readonly custom?: Float64Array | undefined;
  readonly signs?: Float64Array | undefined;
  readonly constraints: AllocationProblem['constraints'];
  readonly scale?: AllocationProblem['scale'];
  /** Present when active risk is budgeted. */
  readonly benchmark?: ActiveBenchmark | undefined;
}

/** Runs kernels of risk-math: a process's pool of workers. */
export type Kernels = Pick<ComputePool, 'run'>;

/**
 * Weights by leaf for a method at a level.
 *
 * @throws RiskMathError as the solvers of risk-math
 */
export async function solveWeights(kernels: Kernels, problem: WeightProblem): Promise<Solution> {
  const base: AllocationProblem = {
    covariance: problem.covariance,
    constraints: problem.constraints,
    signs: problem.signs,
    scale: problem.scale,
  };
  const grouping =
    problem.groups === undefined ? undefined : { groups: asAssets(problem.groups), within: problem.within };
  switch (problem.method) {
    case 'equalWeight':
      return kernels.run('equalWeight', [{ ...base, grouping }]);
    case 'inverseVolatility':
      return kernels.run('inverseVolatility', [{ ...base, grouping }]);
    case 'customWeights':
      return kernels.run('customWeights', [{ ...base, weights: await leafWeights(kernels, problem) }]);
    case 'riskParity':
    case 'customRiskShares':
      return problem.benchmark === undefined
        ? budgetRisk(kernels, base, problem)
        : kernels.run('activeRiskBudgeting', [
            { ...base, budgets: leafBudgets(problem), benchmark: problem.benchmark },
          ]);
  }
}

function budgetRisk(kernels: Kernels, base: AllocationProblem, problem: WeightProblem): Promise<Solution> {
  const { groups, within, custom } = problem;
  if (groups === undefined) {
    return custom === undefined
      ? kernels.run('riskParity', [base])
      : kernels.run('riskBudgeting', [{ ...base, budgets: custom }]);
  }
  const shares = asAssets(groups).map((group, position) => ({
    ...group,
    share: custom?.[position] ?? 1 / groups.length,
  }));
  return kernels.run('groupedRiskBudgeting', [{ ...base, within, groups: shares }]);
}

/** Active risk is budgeted by leaf: a group's share is split equally among its leaves. */
function leafBudgets({ groups, custom, covariance }: WeightProblem): Float64Array {
  if (groups === undefined) return custom ?? new Float64Array(covariance.size).fill(1 / covariance.size);
  const ids = covariance.ids ?? [];
  const budgets = new Float64Array(covariance.size);
  groups.forEach((group, position) => {
    const share = custom?.[position] ?? 1 / groups.length;
    for (const leafId of group.leafIds) budgets[ids.indexOf(leafId)] = share / group.leafIds.length;
  });
  return budgets;
}

/** Given weights by leaf: those of a group are spread by its rule. */
async function leafWeights(
  kernels: Kernels,
  { groups, within, custom, covariance, signs }: WeightProblem,
): Promise<Float64Array> {
  const given = custom ?? new Float64Array(covariance.size);
  if (groups === undefined) return given;
  const ids = covariance.ids ?? [];
  const weights = new Float64Array(covariance.size);
  for (const [position, group] of groups.entries()) {
    const members = group.leafIds.map((leafId) => ids.indexOf(leafId));
    const { weights: spread } = await spreadOf(kernels, within, members, {
      covariance: subCovariance(covariance, members, group.leafIds),
      scale: { kind: 'gross', value: 1 },
      signs: signs === undefined ? undefined : members.map((member) => signs[member] ?? 1),
    });
    members.forEach((member, at) => (weights[member] = (given[position] ?? 0) * (spread[at] ?? 0)));
  }
  return weights;
}

/** Weights of one group's members that sum to 1 in gross. */
function spreadOf(
  kernels: Kernels,
  within: WithinGroup,
  members: readonly number[],
  problem: AllocationProblem,
): Promise<Solution> {
  switch (within.kind) {
    case 'equalRisk':
      return kernels.run('riskParity', [problem]);
    case 'equalWeight':
      return kernels.run('equalWeight', [problem]);
    case 'inverseVolatility':
      return kernels.run('inverseVolatility', [problem]);
    case 'relativeWeights': {
      const weights = Float64Array.from(members, (member) => within.weights[member] ?? 0);
      return kernels.run('customWeights', [{ ...problem, weights }]);
    }
  }
}

function asAssets(groups: readonly LeafGroup[]): { id: string; assetIds: readonly string[] }[] {
  return groups.map(({ id, leafIds }) => ({ id, assetIds: leafIds }));
}
