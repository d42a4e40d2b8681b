import { limitProposal } from '@risk-budget/contracts';
import { z } from 'zod';
import { decimal, identifier, instant } from './primitives.js';

/** Who acts. Each is a token of its own. */
export const deskRole = z.enum(['riskManager', 'secondRiskManager', 'approver', 'operator', 'incomeViewer']);
export type DeskRole = z.infer<typeof deskRole>;

/** What another action of the script answered with, by its `as`. */
const reference = z.string().min(1);

const json = z.record(z.string(), z.unknown());

const common = {
  at: instant.describe('business time'),
  by: deskRole,
  /** The stable code that this request must be refused with; absent when it must be accepted. */
  refusedWith: z.string().optional(),
};

const tradeList = z
  .array(z.strictObject({ strategy: identifier, instrumentId: identifier, quantityChange: decimal }))
  .min(1);

/** One thing that the desk does. Everything is a REST request, except what Portfolio State or Configuration would send by topic. */
export const deskAction = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('computeAllocation'),
    ...common,
    portfolioId: identifier,
    as: reference,
    request: json,
  }),
  z.strictObject({
    do: z.literal('draftPlan'),
    ...common,
    portfolioId: identifier,
    as: reference,
    allocation: reference,
    request: json,
  }),
  z.strictObject({ do: z.literal('approvePlan'), ...common, plan: reference }),
  z.strictObject({ do: z.literal('activatePlan'), ...common, plan: reference }),
  z.strictObject({
    do: z.literal('proposeDynamicPolicy'),
    ...common,
    portfolioId: identifier,
    as: reference,
    request: json,
  }),
  z.strictObject({ do: z.literal('approveDynamicPolicy'), ...common, policy: reference }),
  z.strictObject({
    do: z.literal('proposeScenario'),
    ...common,
    scenarioId: identifier,
    content: z.looseObject({ name: z.string() }).describe('as stress takes it'),
  }),
  z.strictObject({ do: z.literal('approveScenario'), ...common, scenarioId: identifier }),
  z.strictObject({ do: z.literal('approveLimitRise'), ...common, portfolioId: identifier, reason: z.string() }),
  z.strictObject({ do: z.literal('executeRebalancing'), ...common, portfolioId: identifier }),
  z.strictObject({ do: z.literal('defineEscalationPolicy'), ...common, policy: json }),
  z.strictObject({ do: z.literal('proposeLimit'), ...common, limit: limitProposal }),
  z.strictObject({ do: z.literal('publishLimit'), ...common, limit: limitProposal }),
  z.strictObject({ do: z.literal('fileLimits'), ...common, file: z.string() }),
  z.strictObject({ do: z.literal('approveLimit'), ...common, limitId: identifier }),
  z.strictObject({
    do: z.literal('checkTrade'),
    ...common,
    portfolioId: identifier,
    what: z.string().describe('the trade in words'),
    trades: tradeList,
    expect: z.enum(['pass', 'soft', 'hard']),
  }),
  z.strictObject({ do: z.literal('acknowledge'), ...common, limitId: identifier, reason: z.string() }),
  z.strictObject({
    do: z.literal('waive'),
    ...common,
    limitId: identifier,
    expiresAt: instant,
    reason: z.string(),
  }),
  z.strictObject({
    do: z.literal('planRemediation'),
    ...common,
    limitId: identifier,
    plan: z.string(),
    dueAt: instant,
  }),
  z.strictObject({
    do: z.literal('read'),
    ...common,
    service: identifier,
    path: z.string().startsWith('/v1/'),
    what: z.string().describe('what is read, in words'),
  }),
  z.strictObject({
    do: z.literal('sell'),
    ...common,
    portfolioId: identifier,
    fraction: z.number().gt(0).max(1).describe('of every position, rounded down to whole shares'),
    reason: z.string(),
  }),
]);
export type DeskAction = z.infer<typeof deskAction>;
export type DeskActionOf<Kind extends DeskAction['do']> = Extract<DeskAction, { do: Kind }>;

export const deskScript = z.array(deskAction);
export type DeskScript = z.infer<typeof deskScript>;
