import {
  budgetPlanChanged,
  snapshotTaken,
  type BudgetPlan,
  type BudgetTree,
  type NodeMeasure,
} from '@risk-budget/contracts';
import { evaluateOwn, type OwnLeaf } from '../evaluation/own-evaluation.js';
import { budgetsOf, limitFactorOf, planInForce } from '../evaluation/plan-in-force.js';
import type { RunEvent } from '../events/run-events.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Budgets of every node against the plan in force, utilization and headroom out of them, and the plan's own targets. */
export function checkBudgets(context: RunContext): Check[] {
  const use = new CheckRecorder('snapshots: budget, utilization, headroom and state of every node');
  const states = new Map<string, string>();
  for (const { data, publishedAt } of context.events.of(snapshotTaken)) {
    const plan = planInForce(context.events, data, publishedAt);
    const name = `${data.portfolioId} snapshot ${data.sequence} at ${data.asOf}`;
    use.expect(
      data.lineage.planId === (plan?.planId ?? null) && data.lineage.planVersion === (plan?.version ?? null),
      () => `${name}: names plan ${String(data.lineage.planId)}, in force is ${String(plan?.planId)}`,
    );
    const forLimits = limitFactorOf(plan);
    use.expect(
      data.lineage.limitBudgetFactor === forLimits,
      () => `${name}: limits take ${data.lineage.limitBudgetFactor} of a budget, by the plan ${forLimits}`,
    );
    const budgets = budgetsOf(plan);
    for (const node of data.nodes) {
      for (const figures of node.measures) {
        const what = `${name} ${node.nodeId} ${figures.measure}`;
        const budget = budgets.get(`${figures.measure} ${node.nodeId}`) ?? null;
        compareUse(use, what, figures, budget);
        const key = `${data.portfolioId} ${figures.measure} ${node.nodeId}`;
        if (figures.utilization === null) continue;
        const state = stateAfter(states.get(key), figures.utilization, data.lineage.policy.thresholds);
        states.set(key, state);
        use.expect(figures.state === state, () => `${what}: is ${figures.state}, should be ${state}`);
      }
    }
  }
  return [use.result(), ...checkPlans(context)];
}

function compareUse(check: CheckRecorder, name: string, figures: NodeMeasure, budget: number | null): void {
  check.figure(`${name} budget`, figures.budget, budget);
  if (budget === null || budget <= 0) {
    check.expect(figures.utilization === null || budget !== null, () => `${name}: is used without a budget`);
    return;
  }
  check.figure(`${name} utilization`, figures.utilization, Math.max(0, figures.consumption) / budget, 1e-3);
  check.figure(`${name} headroom`, figures.headroom, budget - figures.consumption, budget);
}

/** Green, amber or red, entered strictly beyond a threshold and left `hysteresis` of it below. */
function stateAfter(
  before: string | undefined,
  utilization: number,
  thresholds: { amber: number; red: number; hysteresis: number },
): string {
  const rank = before === 'red' ? 2 : before === 'amber' ? 1 : 0;
  const beyond = (threshold: number, standing: boolean) =>
    utilization > threshold * (1 + 1e-9) ||
    (standing && utilization > threshold * (1 - thresholds.hysteresis) * (1 + 1e-9));
  if (beyond(thresholds.red, rank === 2)) return 'red';
  return beyond(thresholds.amber, rank >= 1) ? 'amber' : 'green';
}

/** The accuracy that a plan without constraints promises before anything happens; the script of the run gives none. */
const promisedAccuracy = 0.9999;

/** Of every activated plan: children within their parents, and the targets and the accuracy as its weights give them with its model. */
function checkPlans(context: RunContext): Check[] {
  const accuracy = new CheckRecorder(`plans: budgeting accuracy as stated, and at least ${promisedAccuracy}`);
  const check = new CheckRecorder('plans: children within their parents, target consumption at target weights');
  for (const event of context.events.of(budgetPlanChanged)) {
    for (const tree of event.data.trees) {
      const budgets = new Map(tree.nodes.map((node) => [node.nodeId, node.budget]));
      for (const node of tree.nodes) {
        const children = tree.nodes.filter((child) => child.parentId === node.nodeId);
        const total = children.reduce((sum, child) => sum + child.budget, 0);
        check.expect(
          total <= (budgets.get(node.nodeId) ?? 0) * (1 + 1e-9),
          () => `plan ${event.data.planId}: children of ${node.nodeId} hold ${total} of ${node.budget}`,
        );
      }
    }
    if (event.data.change === 'activated') checkTargets(context, check, accuracy, event);
  }
  return [check.result(), accuracy.result()];
}

function checkTargets(
  context: RunContext,
  check: CheckRecorder,
  accuracy: CheckRecorder,
  { data: plan }: RunEvent<BudgetPlan>,
): void {
  if (plan.modelId === null) return;
  const model = context.models.get(plan.modelId);
  const leaves = plan.targetWeights.map(({ strategy, instrumentId, weight }): OwnLeaf => {
    const instrument = context.market.instruments.get(instrumentId)?.data;
    return {
      strategy,
      instrumentId,
      weight,
      value: weight,
      sector: instrument?.sector ?? 'Unclassified',
      issuer: instrument?.issuer ?? instrumentId,
    };
  });
  const { nodes, totals } = evaluateOwn({
    leaves,
    instrumentIds: model.instrumentIds,
    covariance: model.covariance,
    confidence: plan.policy.confidence,
    horizonDays: plan.policy.horizonDays,
  });
  for (const tree of plan.trees) {
    for (const node of tree.nodes) {
      const own = nodes.get(node.nodeId)?.consumption[tree.measure];
      if (own === undefined) continue;
      const scale = Math.abs(totals[tree.measure] ?? 0) * 1e-3;
      check.figure(`plan ${plan.planId} ${tree.measure} target of ${node.nodeId}`, node.targetConsumption, own, scale);
    }
    const own = accuracyOf(tree, (nodeId) => nodes.get(nodeId)?.consumption[tree.measure] ?? 0);
    accuracy.figure(`plan ${plan.planId} ${tree.measure} accuracy`, tree.accuracy, own, 1);
    accuracy.expect(own >= promisedAccuracy, () => `plan ${plan.planId} ${tree.measure}: its accuracy is only ${own}`);
  }
}

/** 1 − ½ Σ |share of consumption − share of budget| over the nodes without children. */
function accuracyOf({ nodes }: BudgetTree, consumptionOf: (nodeId: string) => number): number {
  const parents = new Set(nodes.map(({ parentId }) => parentId));
  const bottom = nodes.filter(({ nodeId }) => !parents.has(nodeId));
  const budget = bottom.reduce((sum, node) => sum + node.budget, 0);
  const taken = bottom.reduce((sum, { nodeId }) => sum + consumptionOf(nodeId), 0);
  const wrong = bottom.map((node) => Math.abs(consumptionOf(node.nodeId) / taken - node.budget / budget));
  return 1 - wrong.reduce((sum, one) => sum + one, 0) / 2;
}
