import { requireFinite, requireIds, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import type { Composition } from './program.js';
import { riskParity } from './risk-budgeting.js';
import type { AllocationProblem, GroupShare, Solution, WithinGroup } from './types.js';

/** Assets that are weighted as one. */
export interface AssetGroup {
  readonly id: string;
  readonly assetIds: readonly string[];
}

/** The group of each asset. @throws RiskMathError `invalidInput` unless each asset stands in exactly one group */
export function groupIndex(problem: AllocationProblem, groups: readonly AssetGroup[]): Int32Array {
  requireIds(
    groups.map(({ id }) => id),
    groups.length,
    'groups',
  );
  const assetIds = problem.covariance.ids ?? [];
  const indexOf = new Map(assetIds.map((id, index) => [id, index]));
  const group = new Int32Array(assetIds.length).fill(-1);
  groups.forEach(({ id, assetIds: members }, number) => {
    if (members.length === 0)
      throw new RiskMathError('invalidInput', `group ${id} is empty`, { field: 'groups', ids: [id] });
    for (const assetId of members) {
      const asset = indexOf.get(assetId);
      if (asset === undefined || group[asset] !== -1) {
        const problemText = asset === undefined ? 'is not among the assets' : 'stands in two groups';
        throw new RiskMathError('invalidInput', `${assetId} ${problemText}`, { field: 'groups', ids: [assetId] });
      }
      group[asset] = number;
    }
  });
  const loose = assetIds.filter((_, asset) => group[asset] === -1);
  if (loose.length > 0) {
    throw new RiskMathError('invalidInput', `${loose.join(', ')} stand in no group`, { field: 'groups', ids: loose });
  }
  return group;
}

/** Groups as variables, with fixed relative weights inside. */
export function compositionOf(
  problem: AllocationProblem,
  groups: readonly AssetGroup[],
  within: WithinGroup,
): Composition {
  const variableOf = groupIndex(problem, groups);
  const relative = relativeWeights(problem, groups, variableOf, within);
  const totals = new Float64Array(groups.length);
  relative.forEach((weight, asset) => (totals[variableOf[asset]!]! += weight));
  groups.forEach(({ id }, group) => {
    if (!(totals[group]! > 0)) {
      throw new RiskMathError('invalidInput', `the relative weights of group ${id} are all 0`, {
        field: 'within',
        ids: [id],
      });
    }
  });
  return {
    size: groups.length,
    variableOf,
    relative: relative.map((weight, asset) => weight / totals[variableOf[asset]!]!),
  };
}

function relativeWeights(
  problem: AllocationProblem,
  groups: readonly AssetGroup[],
  group: Int32Array,
  within: WithinGroup,
): Float64Array {
  const { covariance } = problem;
  switch (within.kind) {
    case 'equalWeight':
      return new Float64Array(covariance.size).fill(1);
    case 'inverseVolatility':
      return inverseVolatilities(problem);
    case 'relativeWeights':
      requireLength(within.weights, covariance.size, 'within.weights');
      requireFinite(within.weights, 'within.weights');
      if (within.weights.some((weight) => weight < 0)) {
        throw new RiskMathError('invalidInput', 'relative weights are not negative: a short is a sign', {
          field: 'within.weights',
        });
      }
      return within.weights;
    case 'equalRisk': {
      const weights = new Float64Array(covariance.size);
      groups.forEach((_, number) => {
        const members = Array.from(group.keys()).filter((asset) => group[asset] === number);
        const solution = riskParity({
          covariance: subCovariance(
            covariance,
            members,
            members.map((asset) => covariance.ids![asset]!),
          ),
          signs: problem.signs === undefined ? undefined : members.map((asset) => problem.signs![asset]!),
          scale: { kind: 'gross', value: 1 },
        });
        members.forEach((asset, at) => (weights[asset] = Math.abs(solution.weights[at]!)));
      });
      return weights;
    }
  }
}

/** 1/σ of every asset. @throws RiskMathError `outOfDomain` on an asset without variance */
export function inverseVolatilities({ covariance }: AllocationProblem): Float64Array {
  return covariance.variances.map((variance, asset) => {
    if (variance > 0) return 1 / Math.sqrt(variance);
    const id = covariance.ids?.[asset] ?? String(asset);
    throw new RiskMathError('outOfDomain', `${id} has no variance, so that its inverse does not exist`, {
      ids: [id],
    });
  });
}

/** A solution's weights and shares by group. */
export function groupShares(solution: Solution, groups: readonly AssetGroup[], group: Int32Array): GroupShare[] {
  return groups.map(({ id }, number) => {
    let weight = 0;
    let targetShare = 0;
    let realisedShare = 0;
    group.forEach((of, asset) => {
      if (of !== number) return;
      weight += solution.weights[asset]!;
      targetShare += solution.targetShares[asset]!;
      realisedShare += solution.realisedShares[asset]!;
    });
    return { id, weight, targetShare, realisedShare };
  });
}
