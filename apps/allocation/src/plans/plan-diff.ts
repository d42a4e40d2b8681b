import type { BudgetPlan, BudgetTree, RiskPolicy } from '@risk-budget/contracts';
import { leafNodeId } from '@risk-budget/risk-math';

/** A value before and after; null where it does not stand. */
export interface Change<T> {
  readonly from: T | null;
  readonly to: T | null;
}

export interface NodeChange {
  readonly nodeId: string;
  readonly share: Change<number>;
  readonly budget: Change<number>;
}

export interface TreeChange {
  readonly measure: BudgetTree['measure'];
  /** Absent where it is the same. */
  readonly total?: Change<number>;
  readonly reserve?: Change<number>;
  readonly nodes: readonly NodeChange[];
}

/** What differs between two plans; what is the same is left out. */
export interface PlanDiff {
  readonly policy: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
  readonly method?: Change<string>;
  readonly rebalancingBand?: Change<number>;
  readonly effectiveFrom?: Change<string>;
  readonly trees: readonly TreeChange[];
  readonly targetWeights: readonly { readonly leafId: string; readonly weight: Change<number> }[];
}

/** What a plan changes, compared with another one or with nothing. */
export function diffOf(from: BudgetPlan | undefined, to: BudgetPlan): PlanDiff {
  return {
    policy: policyChanges(from?.policy, to.policy),
    ...changed('method', from?.method, to.method),
    ...changed('rebalancingBand', from?.rebalancingBand, to.rebalancingBand),
    ...changed('effectiveFrom', from?.effectiveFrom, to.effectiveFrom),
    trees: treeChanges(from?.trees ?? [], to.trees),
    targetWeights: differences(
      new Map((from?.targetWeights ?? []).map((leaf) => [leafNodeId(leaf.strategy, leaf.instrumentId), leaf.weight])),
      new Map(to.targetWeights.map((leaf) => [leafNodeId(leaf.strategy, leaf.instrumentId), leaf.weight])),
    ).map(({ key, ...weight }) => ({ leafId: key, weight })),
  };
}

function changed<Name extends string, T>(
  name: Name,
  from: T | null | undefined,
  to: T | null | undefined,
): { [N in Name]?: Change<T> } {
  if ((from ?? null) === (to ?? null)) return {};
  return { [name]: { from: from ?? null, to: to ?? null } } as { [N in Name]?: Change<T> };
}

/** Keys whose values differ, in order. */
function differences<T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>): ({ key: string } & Change<T>)[] {
  return [...new Set([...from.keys(), ...to.keys()])]
    .sort()
    .map((key) => ({ key, from: from.get(key) ?? null, to: to.get(key) ?? null }))
    .filter((change) => change.from !== change.to);
}

function policyChanges(from: RiskPolicy | undefined, to: RiskPolicy): PlanDiff['policy'] {
  return differences(flattened(from), flattened(to)).map(({ key, ...change }) => ({ field: key, ...change }));
}

function flattened(value: unknown, path = ''): Map<string, unknown> {
  if (Array.isArray(value)) return new Map([[path, value.join(', ')]]);
  if (typeof value !== 'object' || value === null) return new Map(value === undefined ? [] : [[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [...flattened(inner, path === '' ? name : `${path}.${name}`)]),
  );
}

function treeChanges(from: readonly BudgetTree[], to: readonly BudgetTree[]): TreeChange[] {
  const measures = [...new Set([...from, ...to].map((tree) => tree.measure))];
  return measures.flatMap((measure) => {
    const before = from.find((tree) => tree.measure === measure);
    const after = to.find((tree) => tree.measure === measure);
    const change: TreeChange = {
      measure,
      ...changed('total', before?.total, after?.total),
      ...changed('reserve', before?.reserve, after?.reserve),
      nodes: nodeChanges(before, after),
    };
    return Object.keys(change).length === 2 && change.nodes.length === 0 ? [] : [change];
  });
}

function nodeChanges(from: BudgetTree | undefined, to: BudgetTree | undefined): NodeChange[] {
  const before = new Map((from?.nodes ?? []).map((node) => [node.nodeId, node]));
  const after = new Map((to?.nodes ?? []).map((node) => [node.nodeId, node]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((nodeId) => {
    const [old, now] = [before.get(nodeId), after.get(nodeId)];
    if (old?.share === now?.share && old?.budget === now?.budget) return [];
    return [
      {
        nodeId,
        share: { from: old?.share ?? null, to: now?.share ?? null },
        budget: { from: old?.budget ?? null, to: now?.budget ?? null },
      },
    ];
  });
}
