import { decimal, finite, identifier, instant, limitMeasure, limitScope, uuid } from '@risk-budget/contracts';
import { pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { person } from '../person.js';
import { period } from '../rest/parameters.js';

export const proposedTrade = z.object({
  strategy: identifier,
  instrumentId: identifier,
  quantityChange: decimal.refine((text) => Number(text) !== 0, 'is not 0').describe('signed: negative is a sale'),
});
export type ProposedTrade = z.infer<typeof proposedTrade>;

export const preTradeBody = z.object({
  trades: z.array(proposedTrade).min(1).max(2000),
  reserveForMinutes: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .optional()
    .describe(
      'hold the headroom for so long when the check is not refused: later checks count what these trades use, and nothing of what they would free',
    ),
});
export type PreTradeBody = z.infer<typeof preTradeBody>;

/** One limit before and after the trades. Figures in the measure's unit. */
export const checkedLimit = z.object({
  limitId: z.string(),
  version: z.int().min(1),
  name: z.string(),
  measure: limitMeasure,
  scope: limitScope,
  nodeId: z.string(),
  direction: z.enum(['upper', 'lower']),
  severity: z.enum(['soft', 'hard']),
  before: finite
    .nullable()
    .describe(
      'with the orders under way that are worst for the limit; null where there is no figure: of names that the trades bring in',
    ),
  after: finite,
  bound: finite,
  breachedBefore: z.boolean(),
  breachedAfter: z.boolean(),
  worsens: z.boolean().describe('beyond its bound after the trades, and further than before'),
});
export type CheckedLimit = z.infer<typeof checkedLimit>;

export const preTradeResult = z.enum(['pass', 'soft', 'hard']);
export type PreTradeResult = z.infer<typeof preTradeResult>;

/** What a check was computed from: executed at these marks and with this model, the trades give the same utilization. */
export const checkLineage = z.object({
  knownAt: instant,
  nav: z.number().gt(0).describe('in base currency'),
  positionSequence: z.int().min(0),
  priceTime: instant,
  modelId: uuid,
  policyId: z.string(),
  policyVersion: z.int().min(1),
  planId: uuid.nullable(),
  planVersion: z.int().min(1).nullable(),
  reservations: z.array(uuid).describe('open reservations: each limit counts those that take headroom from it'),
  marks: z
    .array(z.object({ instrumentId: z.string(), price: finite, time: instant, currency: z.string(), rate: finite }))
    .describe('of the instruments traded'),
});
export type CheckLineage = z.infer<typeof checkLineage>;

export const preTradeCheck = z.object({
  checkId: uuid,
  portfolioId: z.string(),
  at: instant,
  requestedBy: person,
  result: preTradeResult.describe('hard: the trades are refused; soft: a soft limit is broken or worsened; else pass'),
  trades: z.array(proposedTrade),
  limits: z.array(checkedLimit).describe('every limit that the trades touch'),
  lineage: checkLineage,
  reservationId: uuid.nullable(),
});
export type PreTradeCheck = z.infer<typeof preTradeCheck>;

export const checkQuery = pageSchema().extend({ result: preTradeResult.optional(), ...period });
export type CheckQuery = z.output<typeof checkQuery>;

export const reservation = z.object({
  reservationId: uuid,
  checkId: uuid,
  portfolioId: z.string(),
  state: z.enum(['open', 'used', 'released', 'expired']),
  trades: z.array(proposedTrade).describe('what is left of them'),
  createdAt: instant,
  expiresAt: instant,
  closedAt: instant.nullable(),
  revision: z.int().min(1),
});
export type Reservation = z.infer<typeof reservation>;

export const reservationQuery = pageSchema().extend({ state: reservation.shape.state.optional() });
export type ReservationQuery = z.output<typeof reservationQuery>;
