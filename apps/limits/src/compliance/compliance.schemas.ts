import { breachState, identifier, instant, limitMeasure, limitScope, uuid } from '@risk-budget/contracts';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { notEvaluated } from '../evaluation/evaluations.repository.js';
import { standingStates } from '../evaluation/standing.types.js';
import { period } from '../rest/parameters.js';

const standingState = z
  .enum(standingStates)
  .describe(
    'incomplete: the last snapshot modelled too little; unbudgeted: a share of a budget that does not exist; notEvaluated: no snapshot had the figure yet, or the portfolio cannot be evaluated at present',
  );

/** How one limit stands. Figures in the measure's unit. */
export const limitCompliance = z.object({
  limitId: z.string(),
  version: z.int().min(1),
  name: z.string(),
  measure: limitMeasure,
  scope: limitScope,
  nodeId: z.string(),
  direction: z.enum(['upper', 'lower']),
  severity: z.enum(['soft', 'hard']),
  state: standingState,
  value: z.number().nullable(),
  bound: z.number().nullable().describe('absolute; that of the override while one is in force'),
  headroom: z.number().nullable().describe('distance to the bound, negative beyond it'),
  since: instant.nullable().describe('since when the limit stands so'),
  at: instant.nullable().describe('business time of the figures'),
  snapshotId: uuid.nullable(),
  overrideId: uuid.nullable(),
  breach: z.object({ breachId: uuid, state: breachState, openedAt: instant }).nullable(),
});
export type LimitCompliance = z.infer<typeof limitCompliance>;

export const portfolioCompliance = z.object({
  portfolioId: z.string(),
  at: instant.describe('business time of the answer'),
  state: z
    .enum(['compliant', 'softBreach', 'hardBreach', 'undetermined'])
    .describe('the worst of its limits; undetermined when some could not be evaluated and none is breached'),
  snapshot: z
    .object({ snapshotId: uuid, sequence: z.int().min(1), asOf: instant, state: z.enum(['complete', 'incomplete']) })
    .nullable()
    .describe('the last one evaluated'),
  notEvaluated: notEvaluated
    .omit({ afterSequence: true })
    .nullable()
    .describe('since when and why limits are not evaluated; their figures are those of the last snapshot that counted'),
  missingSnapshots: z.int().min(0).describe('snapshots that never arrived'),
  limits: z.array(limitCompliance),
});
export type PortfolioCompliance = z.infer<typeof portfolioCompliance>;

export const complianceInterval = z.object({
  limitId: z.string(),
  limitVersion: z.int().min(1),
  state: standingState,
  from: instant,
  to: instant.nullable().describe('null while it lasts'),
  value: z.number().nullable().describe('at the beginning'),
  bound: z.number().nullable(),
  snapshotId: uuid.nullable(),
});
export type ComplianceInterval = z.infer<typeof complianceInterval>;

export const historyQuery = pageSchema().extend({ limitId: identifier.optional(), ...period });
export type HistoryQuery = z.output<typeof historyQuery>;
