import {
  budgetNode,
  budgetPlan,
  fraction,
  freeText,
  identifier,
  instant,
  nonNegative,
  planStatus,
  riskMeasure,
  riskPolicy,
  targetWeight,
  uuid,
} from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';

const nodeId = z
  .string()
  .min(1)
  .max(256)
  .describe('strategy:<strategy>, sector:<strategy>/<sector> or leaf:<strategy>/<instrument>');
const maximumNodes = 5000;

const planTree = z.strictObject({
  measure: riskMeasure,
  total: z.number().gt(0).max(10).describe('the portfolio’s budget in the measure’s unit'),
  reserve: z.number().min(0).lt(1).default(0).describe('share of the total left unallocated'),
  shares: z
    .array(z.strictObject({ nodeId, share: fraction.describe('of the portfolio’s budget') }))
    .max(maximumNodes)
    .optional()
    .describe(
      'ancestors that are not given take the sum of their children; when absent, shares follow the risk of the target weights',
    ),
});

/** Everything that a plan says. */
export const planBody = z.strictObject({
  allocationId: uuid.optional().describe('takes target weights, and trees that are not given, from this allocation'),
  targetWeights: z
    .array(z.strictObject(targetWeight.shape))
    .min(1)
    .max(maximumNodes)
    .optional()
    .describe('when there is no allocation'),
  trees: z.array(planTree).min(1).max(6).optional().describe('one a measure; the allocation’s own when absent'),
  policy: riskPolicy.optional().describe('the policy in force when absent'),
  method: identifier.optional().describe('how the shares were found, in a word; the allocation’s method when absent'),
  rebalancingBand: nonNegative.max(1).default(0.02),
  effectiveFrom: instant
    .optional()
    .describe('when an approved plan becomes active; by a call to its activation when absent'),
  reason: freeText.optional(),
});
export type PlanBody = z.output<typeof planBody>;

const person = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });

/** A plan as it stands, with the people behind it. */
export const planView = budgetPlan.extend({
  allocationId: uuid.nullable(),
  proposer: person,
  editors: z.array(person).describe('everybody who has written this version, the proposer included'),
  approver: person.nullable(),
  draftedAt: instant,
  approvedAt: instant.nullable(),
  activatedAt: instant.nullable(),
  endedAt: instant.nullable().describe('superseded, rejected or withdrawn'),
  awaitsModel: z
    .boolean()
    .describe('the targets are of a model by another policy, until one by the plan’s own is published'),
});
export type PlanView = z.infer<typeof planView>;

export const planSummary = planView.omit({ trees: true, targetWeights: true, policy: true }).extend({
  policyId: identifier,
  policyVersion: z.int(),
  trees: z.array(z.object({ measure: riskMeasure, total: z.number(), reserve: fraction, nodes: z.int() })),
});
export type PlanSummary = z.infer<typeof planSummary>;

/** One version of a plan: what was done, by whom, and the plan after it. */
export const planVersion = z.object({ version: z.int(), at: instant, actor: person, plan: budgetPlan });
export type PlanVersion = z.infer<typeof planVersion>;

const change = <T extends z.ZodType>(of: T): z.ZodObject<{ from: z.ZodNullable<T>; to: z.ZodNullable<T> }> =>
  z.object({ from: of.nullable(), to: of.nullable() });

export const planDiff = z.object({
  planId: uuid,
  version: z.int(),
  againstPlanId: uuid.nullable(),
  againstVersion: z.int().nullable(),
  policy: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
  method: change(z.string()).optional(),
  rebalancingBand: change(z.number()).optional(),
  effectiveFrom: change(instant).optional(),
  trees: z.array(
    z.object({
      measure: riskMeasure,
      total: change(z.number()).optional(),
      reserve: change(z.number()).optional(),
      nodes: z.array(
        z.object({ nodeId: budgetNode.shape.nodeId, share: change(z.number()), budget: change(z.number()) }),
      ),
    }),
  ),
  targetWeights: z.array(z.object({ leafId: z.string(), weight: change(z.number()) })),
});
export type PlanDiffView = z.infer<typeof planDiff>;

const queryInteger = z.coerce.number().pipe(z.int().min(1)) as unknown as z.ZodType<number, string | number>;

export const decisionBody = z.strictObject({ reason: freeText.optional() }).default({});
export type DecisionBody = z.output<typeof decisionBody>;

export const planParams = z.object({ portfolioId: identifier, planId: uuid });
export const planVersionParams = z.object({
  portfolioId: identifier,
  planId: uuid,
  version: queryInteger,
});
export const plansQuery = pageSchema().extend({ status: planStatus.optional() });
export const versionsQuery = pageSchema();
export const activeQuery = z.object({ asOf: instant.optional().describe('in force at this moment; now when absent') });
export const diffQuery = z.object({
  against: uuid.optional().describe('another plan; the plan in force when absent'),
  againstVersion: queryInteger.optional().describe('a version of the plan compared with; its newest when absent'),
});

export const planPage = pageOf(planSummary);
export const versionPage = pageOf(planVersion);

export const transferBody = z.strictObject({
  measure: riskMeasure,
  fromNodeId: nodeId,
  toNodeId: nodeId.describe('a sibling'),
  share: z.number().gt(0).max(1).describe('of the portfolio’s budget'),
  descendants: z
    .enum(['scale', 'keep'])
    .default('scale')
    .describe('scale: what stands below either node grows or shrinks with it; keep: it stays as it is'),
  reason: freeText.optional(),
});
export type TransferBody = z.output<typeof transferBody>;

export const transferStatus = z.enum(['proposed', 'approved', 'rejected', 'withdrawn']);
export type TransferStatus = z.infer<typeof transferStatus>;

export const transferView = z.object({
  transferId: uuid,
  planId: uuid,
  portfolioId: identifier,
  ...transferBody.shape,
  descendants: z.enum(['scale', 'keep']),
  status: transferStatus,
  proposer: person,
  approver: person.nullable(),
  proposedAt: instant,
  decidedAt: instant.nullable(),
  planVersion: z.int().nullable().describe('the version of the plan that it made'),
});
export type TransferView = z.infer<typeof transferView>;

export const transferPage = pageOf(transferView);
export const transfersQuery = pageSchema();
export const transferParams = z.object({ portfolioId: identifier, planId: uuid, transferId: uuid });
