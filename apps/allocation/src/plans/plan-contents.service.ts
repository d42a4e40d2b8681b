import { Injectable } from '@nestjs/common';
import type { BudgetTree, FieldProblem, Instant, RiskPolicy } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { leafNodeId, type PortfolioEvaluation, type RiskMeasure } from '@risk-budget/risk-math';
import { riskByLeaf } from '../allocations/allocation-nodes.js';
import type { Allocation } from '../allocations/allocation.schemas.js';
import { AllocationsRepository } from '../allocations/allocations.repository.js';
import { AllocationError } from '../errors.js';
import { leafOf, sectorIn, TargetEvaluator, type PlanningContext } from '../evaluation/target-evaluator.js';
import type { TargetWeight } from '../rebalancing/drift.js';
import { bottomOf, budgetingAccuracy } from '../trees/accuracy.js';
import {
  excessProblems,
  sharesOfRisk,
  treeOfShares,
  type NodeShare,
  type PlacedShare,
} from '../trees/budget-shares.js';
import type { Leaf } from '../trees/node-place.js';
import { PolicyService } from './policy.service.js';
import type { PlanBody } from './plan.schemas.js';

/** A tree before it is evaluated. */
export interface TreeOutline {
  readonly measure: RiskMeasure;
  readonly total: number;
  readonly reserve: number;
  readonly nodes: readonly PlacedShare[];
}

/** What a plan says, checked and computed. */
export interface PlanContents {
  readonly allocationId: string | null;
  readonly policy: RiskPolicy;
  readonly method: string;
  readonly trees: BudgetTree[];
  readonly targetWeights: TargetWeight[];
  readonly rebalancingBand: number;
  readonly effectiveFrom: Instant | null;
  readonly modelId: string;
  readonly reason: string | undefined;
}

/** Trees with the targets of a risk model. */
export interface Retargeted {
  readonly trees: BudgetTree[];
  readonly modelId: string;
  /** Whether the model is by the plan's own policy. */
  readonly ofPolicy: boolean;
}

type TreeWanted = NonNullable<PlanBody['trees']>[number];

/** Gaussian figures with zero mean are multiples of each other, so that they share their shares. */
const proportional: ReadonlySet<RiskMeasure> = new Set(['volatility', 'var', 'es']);

/** Turns what a person wrote into the contents of a plan. */
@Injectable()
export class PlanContentsService {
  constructor(
    private readonly evaluator: TargetEvaluator,
    private readonly allocations: AllocationsRepository,
    private readonly policies: PolicyService,
  ) {}

  /** @throws AllocationError with everything that is wrong */
  async of(tx: Tx, portfolioId: string, body: PlanBody, at: Instant): Promise<PlanContents> {
    const allocation =
      body.allocationId === undefined ? undefined : await this.allocations.get(portfolioId, body.allocationId, tx);
    const targetWeights = targetsOf(body, allocation);
    const wanted = treesOf(body, allocation);
    const policy = body.policy ?? (await this.policies.inForce(tx, portfolioId));
    await this.policies.register(tx, portfolioId, policy);
    const context = await this.evaluator.context(
      { portfolioId, at, policy, instrumentIds: instrumentsOf(targetWeights, wanted) },
      tx,
    );
    const measures = wanted.map((tree) => tree.measure);
    const evaluation = await this.evaluator.evaluate(context, targetWeights, measures, tx);
    const outlines = outlinesOf(wanted, context, sharesFor(context, targetWeights, evaluation, allocation));
    return {
      allocationId: allocation?.allocationId ?? null,
      policy,
      method: body.method ?? allocation?.request.method ?? 'explicit',
      trees: outlines.map((outline) => treeWithTargets(outline, evaluation)),
      targetWeights,
      rebalancingBand: body.rebalancingBand,
      effectiveFrom: body.effectiveFrom ?? null,
      modelId: context.loaded.model.modelId,
      reason: body.reason,
    };
  }

  /** The trees of a plan with the targets that its weights have on the model that is in force at a moment. */
  async retargeted(
    tx: Tx,
    plan: {
      readonly portfolioId: string;
      readonly policy: RiskPolicy;
      readonly trees: readonly BudgetTree[];
      readonly targetWeights: readonly TargetWeight[];
    },
    at: Instant,
  ): Promise<Retargeted> {
    const { portfolioId, policy, trees, targetWeights } = plan;
    const instrumentIds = targetWeights.map((target) => target.instrumentId);
    const context = await this.evaluator.context({ portfolioId, at, policy, instrumentIds }, tx);
    const measures = trees.map((tree) => tree.measure);
    const evaluation = await this.evaluator.evaluate(context, targetWeights, measures, tx);
    const { model } = context.loaded;
    return {
      trees: trees.map((tree) => treeWithTargets(tree, evaluation)),
      modelId: model.modelId,
      ofPolicy: model.policy.policyId === policy.policyId && model.policy.version === policy.version,
    };
  }
}

/** Budgets out of shares, and what each node consumes at the target weights. */
export function treeWithTargets(
  { measure, total, reserve, nodes }: TreeOutline,
  evaluation: PortfolioEvaluation,
): BudgetTree {
  const consumption = new Map(evaluation.nodes.map((node) => [node.nodeId, node.contributions[measure] ?? 0]));
  const placed = nodes.map(({ nodeId, parentId, kind, share }) => ({
    nodeId,
    parentId,
    kind,
    share,
    budget: share * total,
    targetConsumption: consumption.get(nodeId) ?? 0,
  }));
  const bottom = bottomOf(placed).map((node) => ({ budgeted: node.budget, taken: node.targetConsumption }));
  return { measure, total, reserve, nodes: placed, accuracy: budgetingAccuracy(bottom) };
}

function targetsOf(body: PlanBody, allocation: Allocation | undefined): TargetWeight[] {
  if ((allocation === undefined) === (body.targetWeights === undefined)) {
    throw invalid([{ field: 'targetWeights', problem: 'either these or an allocation are needed, and not both' }]);
  }
  const targets = allocation?.targetWeights ?? body.targetWeights ?? [];
  const ids = targets.map((target) => leafNodeId(target.strategy, target.instrumentId));
  const twice = ids.filter((id, position) => ids.indexOf(id) !== position);
  if (twice.length > 0) throw invalid(twice.map((id) => ({ field: `targetWeights.${id}`, problem: 'stands twice' })));
  return targets;
}

function treesOf(body: PlanBody, allocation: Allocation | undefined): readonly TreeWanted[] {
  const trees =
    body.trees ??
    (allocation === undefined
      ? undefined
      : [{ measure: allocation.request.measure, total: allocation.total, reserve: allocation.reserve }]);
  if (trees === undefined) throw invalid([{ field: 'trees', problem: 'are needed without an allocation' }]);
  const measures = trees.map((tree) => tree.measure);
  const twice = trees.flatMap((tree, position) =>
    measures.indexOf(tree.measure) === position
      ? []
      : [{ field: `trees[${position}].measure`, problem: 'has a tree already' }],
  );
  if (twice.length > 0) throw invalid(twice);
  return trees;
}

function instrumentsOf(targets: readonly TargetWeight[], trees: readonly TreeWanted[]): string[] {
  const named = trees.flatMap((tree) => tree.shares ?? []).map(({ nodeId }) => /^leaf:[^/]+\/(.+)$/.exec(nodeId)?.[1]);
  return [...new Set([...targets.map((target) => target.instrumentId), ...named.filter((id) => id !== undefined)])];
}

/** Shares for a measure: those that the allocation was asked for, else those that the target weights take. */
function sharesFor(
  context: PlanningContext,
  targets: readonly TargetWeight[],
  evaluation: PortfolioEvaluation,
  allocation: Allocation | undefined,
): (tree: TreeWanted) => readonly NodeShare[] {
  const leaves = targets.map((target) => leafOf(context, target.strategy, target.instrumentId));
  return ({ measure, reserve, shares }) =>
    shares ??
    sharesOfRisk(withShares(leaves, askedFor(allocation, measure) ?? riskByLeaf(evaluation, leaves, measure)), reserve);
}

function askedFor(allocation: Allocation | undefined, measure: RiskMeasure): Float64Array | undefined {
  if (allocation === undefined) return undefined;
  const asked = allocation.request.measure;
  if (asked !== measure && !(proportional.has(asked) && proportional.has(measure))) return undefined;
  const byLeaf = new Map(allocation.nodes.map((node) => [node.nodeId, node.targetShare]));
  return Float64Array.from(
    allocation.targetWeights,
    (leaf) => byLeaf.get(leafNodeId(leaf.strategy, leaf.instrumentId)) ?? 0,
  );
}

function withShares(leaves: readonly Leaf[], shares: Float64Array): (Leaf & { readonly share: number })[] {
  return leaves.map((leaf, position) => ({ ...leaf, share: shares[position] ?? 0 }));
}

function outlinesOf(
  trees: readonly TreeWanted[],
  context: PlanningContext,
  sharesOf: (tree: TreeWanted) => readonly NodeShare[],
): TreeOutline[] {
  const malformed: FieldProblem[] = [];
  const excessive: FieldProblem[] = [];
  const outlines = trees.map((tree, position) => {
    const field = `trees[${position}].shares`;
    const built = treeOfShares(sharesOf(tree), (id) => sectorIn(context, id), field);
    if ('problems' in built) malformed.push(...built.problems);
    else excessive.push(...excessProblems(built.nodes, tree.reserve, field));
    return { ...tree, nodes: 'nodes' in built ? built.nodes : [] };
  });
  if (malformed.length > 0) {
    throw new AllocationError('ALLOCATION.INVALID_TREE', 'Some nodes cannot stand in a budget tree.', malformed);
  }
  if (excessive.length > 0) throw childrenExceedParent(excessive);
  return outlines;
}

export function childrenExceedParent(problems: readonly FieldProblem[]): AllocationError {
  return new AllocationError(
    'ALLOCATION.CHILDREN_EXCEED_PARENT',
    'Children never take more budget than their parent has.',
    problems,
  );
}

function invalid(problems: readonly FieldProblem[]): AllocationError {
  return new AllocationError('ALLOCATION.INVALID_REQUEST', 'The parts of the plan do not fit each other.', problems);
}
