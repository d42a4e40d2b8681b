import {
  finite,
  fraction,
  identifier,
  instant,
  nonNegative,
  nodeKind,
  targetWeight,
  uuid,
} from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { solutionStatuses } from '@risk-budget/risk-math';
import { z } from 'zod';

const nodeId = z
  .string()
  .min(1)
  .max(256)
  .describe('strategy:<strategy>, sector:<strategy>/<sector> or leaf:<strategy>/<instrument>');
const limit = 2000;

export const allocationMethod = z.enum([
  'equalWeight',
  'inverseVolatility',
  'riskParity',
  'customWeights',
  'customRiskShares',
]);
export type AllocationMethod = z.infer<typeof allocationMethod>;

export const allocationMeasure = z.enum(['volatility', 'var', 'es', 'trackingError']);
export type AllocationMeasure = z.infer<typeof allocationMeasure>;

export const allocationLevel = z.enum(['strategy', 'sector', 'leaf']);
export type AllocationLevel = z.infer<typeof allocationLevel>;

/** What may be asked of an allocation. */
export const allocationRequest = z.strictObject({
  method: allocationMethod,
  measure: allocationMeasure
    .default('volatility')
    .describe('VaR and ES are Gaussian; tracking error is active risk against the benchmark'),
  level: allocationLevel
    .default('leaf')
    .describe('what the method weighs: strategies, sectors within strategies, or leaves'),
  within: z
    .enum(['equalRisk', 'equalWeight', 'inverseVolatility', 'current'])
    .default('equalRisk')
    .describe('how a strategy or sector is spread over its leaves; current: as it is held now'),
  leaves: z
    .array(z.strictObject({ strategy: identifier, instrumentId: identifier }))
    .min(1)
    .max(limit)
    .optional()
    .describe('what to allocate to; the leaves held now when absent'),
  weights: z
    .array(z.strictObject({ nodeId, weight: finite }))
    .min(1)
    .max(limit)
    .optional()
    .describe('for customWeights, by node of the level'),
  riskShares: z
    .array(z.strictObject({ nodeId, share: nonNegative }))
    .min(1)
    .max(limit)
    .optional()
    .describe('for customRiskShares, by node of the level; they sum to 1'),
  signs: z
    .array(z.strictObject({ nodeId, sign: z.union([z.literal(1), z.literal(-1)]) }))
    .max(limit)
    .optional()
    .describe('by leaf: 1 long, −1 short; all long when absent. Against benchmark weights: over- or underweight'),
  scale: z
    .strictObject({ kind: z.enum(['net', 'gross', 'volatility']), value: z.number().gt(0).max(100) })
    .optional()
    .describe('net 1 when absent: fully invested. customWeights keep the scale they have'),
  constraints: z
    .strictObject({
      bounds: z
        .array(z.strictObject({ nodeId, lower: finite.optional(), upper: finite.optional() }))
        .max(limit)
        .default([])
        .describe('of leaves'),
      groups: z
        .array(
          z.strictObject({
            groupId: identifier,
            nodeIds: z.array(nodeId).min(1).max(limit).describe('nodes of any level; their leaves are summed'),
            lower: finite.optional(),
            upper: finite.optional(),
          }),
        )
        .max(500)
        .default([]),
    })
    .default({ bounds: [], groups: [] }),
  total: z
    .number()
    .gt(0)
    .max(10)
    .optional()
    .describe(
      'the portfolio’s budget in the measure’s unit; when absent, what the weights need with the reserve on top',
    ),
  reserve: z.number().min(0).lt(1).default(0).describe('share of the total left unallocated'),
  modelId: uuid.optional().describe('the risk model; the newest of the portfolio when absent'),
});
export type AllocationRequest = z.output<typeof allocationRequest>;

export const allocatedNode = z.object({
  nodeId: z.string(),
  parentId: z.string().nullable(),
  kind: nodeKind,
  weight: finite,
  targetShare: finite.describe('of the portfolio’s risk (of active risk without the benchmark’s own part)'),
  realisedShare: finite,
  budgetShare: finite.describe(
    'of the portfolio’s budget: children take what their parent has, in proportion to their target shares',
  ),
  budget: finite.describe('absolute, in the measure’s unit'),
});
export type AllocatedNode = z.infer<typeof allocatedNode>;

/** A computed allocation. */
export const allocation = z.object({
  allocationId: uuid,
  portfolioId: identifier,
  at: instant.describe('business time of the computation'),
  request: allocationRequest,
  modelId: uuid,
  policyId: identifier,
  policyVersion: z.int(),
  status: z.enum(solutionStatuses),
  binding: z.array(z.object({ constraint: z.string(), bound: finite, value: finite })),
  iterations: z.int(),
  residual: nonNegative.describe('largest violation of the optimality conditions'),
  figure: finite.describe('the measure at the weights: fraction of NAV; per year for volatility and tracking error'),
  volatilityAnnual: nonNegative,
  trackingErrorAnnual: nonNegative.nullable(),
  benchmarkContribution: finite.nullable().describe('the part of tracking error that the benchmark’s own node takes'),
  accuracy: finite
    .nullable()
    .default(null)
    .describe(
      '1 − ½ Σ |realised share − target share| over the leaves: 1 where every leaf takes exactly its share; null in answers of old versions',
    ),
  total: z.number(),
  reserve: fraction,
  nodes: z.array(allocatedNode),
  targetWeights: z.array(targetWeight),
  computedBy: z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() }),
});
export type Allocation = z.infer<typeof allocation>;

export const allocationSummary = allocation.omit({ nodes: true, targetWeights: true, binding: true });
export type AllocationSummary = z.infer<typeof allocationSummary>;

export const allocationPage = pageOf(allocationSummary);
export const allocationsQuery = pageSchema();
export const allocationParams = z.object({ portfolioId: identifier, allocationId: uuid });
