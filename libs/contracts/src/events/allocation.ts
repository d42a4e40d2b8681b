import { z } from 'zod';
import { defineEvent, type EventData } from '../event-definition.js';
import { decimal, finite, fraction, freeText, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { riskMeasure } from './limit-proposal.js';
import { riskPolicy } from './risk-policy.js';

export const nodeKind = z.enum(['portfolio', 'strategy', 'sector', 'leaf']);
export type NodeKind = z.infer<typeof nodeKind>;

/** One node of a budget tree. `budget` is absolute, in the unit of the tree's measure. */
export const budgetNode = z.object({
  nodeId: z.string().min(1).max(256),
  parentId: z.string().min(1).max(256).nullable(),
  kind: nodeKind,
  share: finite.describe('of the portfolio’s budget'),
  budget: finite,
  targetConsumption: finite.describe('Euler contribution at the target weights on the activation snapshot'),
});
export type BudgetNode = z.infer<typeof budgetNode>;

export const budgetTree = z.object({
  measure: riskMeasure,
  total: z
    .number()
    .gt(0)
    .describe('absolute budget of the portfolio: fraction of NAV, per year for volatility and tracking error'),
  reserve: fraction.describe('share of the total left unallocated'),
  nodes: z.array(budgetNode).max(20_000).describe('at least the portfolio’s own, over all parts'),
  accuracy: finite
    .nullable()
    .optional()
    .describe(
      '1 − ½ Σ |share of target consumption − share of budget| over the nodes without children; null where nothing is budgeted or consumed',
    ),
});
export type BudgetTree = z.infer<typeof budgetTree>;

export const planStatus = z.enum(['draft', 'approved', 'active', 'superseded', 'rejected', 'withdrawn']);
export type PlanStatus = z.infer<typeof planStatus>;

export const targetWeight = z.object({ strategy: identifier, instrumentId: identifier, weight: finite });

/** Why the dynamic policy scaled the budgets of a plan. Absolute limits never move by it. */
export const budgetAdjustment = z.object({
  adjustmentId: uuid,
  dynamicPolicyId: uuid,
  dynamicPolicyVersion: z.int().min(1).describe('the approved version whose bounds it stays inside'),
  at: instant,
  factor: z.number().gt(0).max(1).describe('of the approved total budget'),
  previousFactor: z.number().gt(0).max(1),
  limitFactor: z
    .number()
    .gt(0)
    .max(1)
    .describe(
      'of the approved budget, for share-of-budget limits: follows a reduction at once, a rise only when a person approves it',
    ),
  direction: z.enum(['reduction', 'rise']),
  regime: z.object({ state: z.int().min(0).describe('by variance, 0 the calmest'), probability: fraction }).nullable(),
  forecastVolatilityAnnual: nonNegative.nullable(),
  reason: freeText,
});
export type BudgetAdjustment = z.infer<typeof budgetAdjustment>;

export const budgetPlan = z.object({
  planId: uuid,
  portfolioId: identifier,
  version: z.int().min(1).describe('of the portfolio’s plan; each change is a new version'),
  change: z.enum([
    'drafted',
    'approved',
    'activated',
    'adjusted',
    'transferred',
    'superseded',
    'rejected',
    'withdrawn',
  ]),
  status: planStatus,
  effectiveFrom: instant.nullable(),
  policy: riskPolicy,
  method: z.string(),
  trees: z.array(budgetTree).min(1).max(6),
  targetWeights: z.array(targetWeight).max(20_000),
  rebalancingBand: nonNegative.describe(
    'absolute distance of a weight from its target at which rebalancing is asked for',
  ),
  modelId: uuid.nullable().describe('risk model of the activation snapshot'),
  proposedBy: z.string(),
  approvedBy: z.string().nullable(),
  reason: freeText.optional(),
  adjustment: budgetAdjustment
    .optional()
    .describe('the last adjustment by the dynamic policy; the trees hold the budgets after it'),
});
export type BudgetPlan = z.infer<typeof budgetPlan>;

/** The part of a plan's budgets that share-of-budget limits take: less than 1 after a rise that nobody has approved for them yet. */
export function limitBudgetFactor({ adjustment }: Pick<BudgetPlan, 'adjustment'>): number {
  return adjustment === undefined ? 1 : Math.min(1, adjustment.limitFactor / adjustment.factor);
}

/**
 * One change of one plan, with the whole of that plan. The topic keeps the last event of a portfolio, which may be about a draft;
 * so an event about any plan but the active one repeats the active plan in `active`, and the last event alone is enough to know what
 * is in force. Consumers store `data` and, when it stands there and is new to them by `planId` and `version`, `data.active`. The plan
 * in force is the one with status `active` and the highest version; `superseded` is only told after its successor is active, in the
 * same transaction.
 */
export const budgetPlanChange = budgetPlan.extend({
  active: budgetPlan.optional().describe('the plan in force, when this event is about another one'),
});
export type BudgetPlanChange = z.infer<typeof budgetPlanChange>;

export const budgetPlanChanged = defineEvent({
  topic: topics.budgets,
  type: 'budget-plan.changed.v1',
  description:
    'A budget plan was drafted, approved, activated, adjusted or replaced; repeats the plan in force when it is another',
  schema: budgetPlanChange,
  key: (data) => data.portfolioId,
  rows: ['trees[].nodes', 'targetWeights', 'active.trees[].nodes', 'active.targetWeights'],
});

export const rebalancingWanted = defineEvent({
  topic: topics.rebalancing,
  type: 'rebalancing.wanted.v1',
  description: 'Trades that bring weights back to their targets, with the reason',
  schema: z.object({
    rebalancingId: uuid,
    portfolioId: identifier,
    planId: uuid,
    planVersion: z.int().min(1),
    asOf: instant,
    reason: z.enum(['band', 'activation', 'remedy', 'adjustment']),
    trades: z
      .array(
        z.object({
          strategy: identifier,
          instrumentId: identifier,
          quantityChange: decimal,
          price: decimal,
          currentWeight: finite,
          targetWeight: finite,
        }),
      )
      .max(20_000),
    turnover: nonNegative.describe('half the sum of absolute weight changes'),
  }),
  key: (data) => data.portfolioId,
  rows: ['trades'],
});
export type RebalancingWanted = EventData<typeof rebalancingWanted>;
