import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { finite, identifier, instant, uuid } from '../primitives.js';
import { topics } from '../topics.js';
import { limitBound, limitMeasure, limitProposal, riskMeasure } from './limit-proposal.js';

export const limitStatus = z.enum(['proposed', 'active', 'superseded', 'retired', 'rejected']);
export type LimitStatus = z.infer<typeof limitStatus>;

/** Another bound for a while, approved like the limit itself. */
export const limitOverride = z.object({
  overrideId: uuid,
  bound: limitBound,
  effectiveFrom: instant,
  effectiveTo: instant,
});
export type LimitOverride = z.infer<typeof limitOverride>;

export const limitDefinition = limitProposal.extend({
  version: z.int().min(1),
  status: limitStatus,
  proposedBy: z.string(),
  approvedBy: z.string().nullable(),
  overrides: z.array(limitOverride).max(50).optional().describe('approved overrides of the bound that have not ended'),
});
export type LimitDefinition = z.infer<typeof limitDefinition>;

export const limitDefined = defineEvent({
  topic: topics.limits,
  type: 'limit.defined.v1',
  description: 'A limit was approved, revised or retired',
  schema: limitDefinition,
  key: (data) => data.limitId,
});

export const breachState = z.enum(['open', 'acknowledged', 'waived', 'remediating', 'resolved']);
export type BreachState = z.infer<typeof breachState>;

export const breach = z.object({
  breachId: uuid,
  portfolioId: identifier,
  limitId: identifier,
  limitVersion: z.int().min(1),
  severity: z.enum(['soft', 'hard']),
  transition: z.enum([
    'opened',
    'acknowledged',
    'waived',
    'waiverExpired',
    'escalated',
    'remediationPlanned',
    'resolved',
    'worsened',
  ]),
  state: breachState,
  nature: z.enum(['active', 'passive']).describe('active: a trade caused or worsened it'),
  at: instant.describe('business time of the transition'),
  openedAt: instant,
  snapshotId: uuid.describe(
    'the snapshot on which the transition was decided; of a limit on stress loss the stress run',
  ),
  value: finite,
  bound: finite,
  worstValue: finite,
  nodeId: z.string(),
  measure: limitMeasure.optional().describe('of the limit'),
  budgetMeasure: riskMeasure.nullable().optional().describe('of the budget tree, for a limit on utilization'),
  heldSnapshotId: uuid
    .nullable()
    .optional()
    .describe('the last snapshot before the breach opened in which the limit held; null when there is none'),
  escalationStep: z.int().min(0).describe('steps of the ladder climbed so far'),
  by: z.string().nullable().describe('the person, or null for the service itself'),
  reason: z.string().nullable(),
  waiverExpiresAt: instant.nullable(),
  remediation: z.object({ plan: z.string(), dueAt: instant }).nullable(),
});
export type Breach = z.infer<typeof breach>;

export const breachChanged = defineEvent({
  topic: topics.breaches,
  type: 'limit-breach.changed.v1',
  description: 'A breach was opened, acknowledged, waived, escalated, remediated or resolved',
  schema: breach,
  key: (data) => data.portfolioId,
});

export const notification = z.object({
  notificationId: uuid,
  portfolioId: identifier,
  breachId: uuid.nullable(),
  at: instant,
  channel: z.enum(['log', 'webhook']),
  recipient: z.string(),
  subject: z.string(),
  body: z.string(),
  escalationStep: z.int().min(0),
  attempt: z.int().min(1),
  outcome: z.enum(['sent', 'failed']),
});
export type Notification = z.infer<typeof notification>;

export const notificationSent = defineEvent({
  topic: topics.notifications,
  type: 'limit-notification.sent.v1',
  description: 'Somebody was told of a breach',
  schema: notification,
  key: (data) => data.portfolioId,
});
