import { z } from 'zod';
import { finite, freeText, identifier, instant, label } from '../primitives.js';

/** What a limit may bound. Units: fraction of NAV unless the name or the description says otherwise. */
export const limitMeasure = z.enum([
  'volatility',
  'var',
  'es',
  'historicalVar',
  'historicalEs',
  'trackingError',
  'weight',
  'largestWeight',
  'topFiveWeight',
  'herfindahl',
  'effectiveNumber',
  'gross',
  'net',
  'leverage',
  'beta',
  'cash',
  'daysToLiquidate',
  'utilization',
  'standaloneVolatility',
  'stressLoss',
]);
export type LimitMeasure = z.infer<typeof limitMeasure>;

export const riskMeasure = z.enum(['volatility', 'var', 'es', 'historicalVar', 'historicalEs', 'trackingError']);
export type RiskMeasure = z.infer<typeof riskMeasure>;

/** What a limit is about: a node of the tree, or a view across strategies. */
export const limitScope = z.discriminatedUnion('level', [
  z.object({ level: z.literal('portfolio') }),
  z.object({ level: z.literal('strategy'), strategy: identifier }),
  z.object({
    level: z.literal('sector'),
    sector: label,
    strategy: identifier.optional().describe('the sector within one strategy; across all when absent'),
  }),
  z.object({ level: z.literal('issuer'), issuer: label }),
  z.object({ level: z.literal('instrument'), instrumentId: identifier, strategy: identifier.optional() }),
]);
export type LimitScope = z.infer<typeof limitScope>;

export const limitBound = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absolute'), value: finite }),
  z.object({
    kind: z.literal('shareOfBudget'),
    share: z.number().gt(0).max(10).describe('bound = share × the node’s active budget of the same measure'),
  }),
]);
export type LimitBound = z.infer<typeof limitBound>;

export const escalationStep = z.object({
  /** Time on the portfolio's business calendar after the breach opened. */
  afterBusinessHours: z.number().gt(0).max(2000),
  notify: z.array(z.string().min(1).max(120)).min(1).max(20).describe('roles or addresses'),
});

export const limitProposal = z.object({
  limitId: identifier.describe('stable across revisions'),
  portfolioId: identifier,
  name: label,
  measure: limitMeasure,
  /** For `utilization`: the measure of the budget tree. */
  budgetMeasure: riskMeasure.optional(),
  scenarioId: identifier
    .optional()
    .describe('for `stressLoss`: the scenario of the daily run; the worst of all when absent'),
  scope: limitScope,
  direction: z.enum(['upper', 'lower']),
  bound: limitBound,
  severity: z.enum(['soft', 'hard']),
  /** Closing a breach needs the figure this far inside the bound, as a fraction of the bound; opening never does. */
  hysteresis: z.number().min(0).max(0.5).default(0),
  effectiveFrom: instant,
  effectiveTo: instant.optional(),
  escalationPolicyId: identifier.optional(),
  reason: freeText.optional(),
});
export type LimitProposal = z.infer<typeof limitProposal>;
