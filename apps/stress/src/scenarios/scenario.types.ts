import { actor, businessDate, freeText, identifier, instant, label, scenarioShock } from '@risk-budget/contracts';
import { z } from 'zod';

/** A dated window of real prices: today's holdings are held through it. */
export const episodeDefinition = z
  .object({
    kind: z.literal('historical'),
    start: businessDate.describe('its closing prices are where the episode starts from'),
    end: businessDate,
  })
  .refine(({ start, end }) => start < end, { path: ['end'], message: 'must lie after the start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= 3660 * 86_400_000, {
    path: ['end'],
    message: 'must lie at most ten years after the start',
  });

/** Shocks to some names; the rest moves to where the risk model expects it given all of them. */
export const hypotheticalDefinition = z.object({
  kind: z.literal('hypothetical'),
  shocks: z.array(scenarioShock).min(1).max(1000),
});

/** What a correlation stress moves the correlations towards, or which it sets. */
export const correlationStress = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('towards'),
    target: z.enum(['one', 'zero']),
    strength: z.number().min(0).max(1).describe('part of the way to the target'),
  }),
  z.object({
    kind: z.literal('set'),
    pairs: z
      .array(z.object({ first: identifier, second: identifier, correlation: z.number().min(-1).max(1) }))
      .min(1)
      .max(1000)
      .describe(
        'of instruments; of factors where the model has them. What cannot hold together is moved to the nearest that can',
      ),
  }),
]);

/** Volatilities and correlations of the risk model are stressed; it stays positive semi-definite. */
export const modelStressDefinition = z
  .object({
    kind: z.literal('modelStress'),
    volatilityMultiplier: z.number().min(0).max(20).optional(),
    correlation: correlationStress.optional(),
  })
  .refine(({ volatilityMultiplier, correlation }) => (volatilityMultiplier ?? correlation) !== undefined, {
    path: ['volatilityMultiplier'],
    message: 'a stress of volatilities or of correlations is needed',
  });

export const scenarioDefinition = z.discriminatedUnion('kind', [
  episodeDefinition,
  hypotheticalDefinition,
  modelStressDefinition,
]);
export type ScenarioDefinition = z.output<typeof scenarioDefinition>;
export type EpisodeDefinition = z.output<typeof episodeDefinition>;
export type HypotheticalDefinition = z.output<typeof hypotheticalDefinition>;
export type ModelStressDefinition = z.output<typeof modelStressDefinition>;
export type CorrelationStressDefinition = z.output<typeof correlationStress>;

/** What somebody proposes for the library. */
export const scenarioContent = z
  .object({
    name: label,
    description: freeText.optional(),
    knownFrom: businessDate.describe('a run as of an earlier day leaves it out unless asked'),
    definition: scenarioDefinition,
    reason: freeText.optional(),
  })
  .refine(({ knownFrom, definition }) => definition.kind !== 'historical' || knownFrom > definition.end, {
    path: ['knownFrom'],
    message: 'must lie after the end of the episode: nobody knows it before',
  });
export type ScenarioContent = z.output<typeof scenarioContent>;

export const scenarioStatus = z.enum(['proposed', 'active', 'superseded', 'retired', 'rejected']);
export type ScenarioStatus = z.infer<typeof scenarioStatus>;

/** One version of a scenario, with who wrote it and who decided on it. */
export const scenarioVersion = z.object({
  scenarioId: identifier,
  version: z.int().min(1),
  change: z.enum(['created', 'revised', 'retired']).describe('what approving this version does to the scenario'),
  status: scenarioStatus,
  content: scenarioContent,
  source: z.enum(['builtIn', 'rest', 'topic']),
  proposedBy: actor,
  proposedAt: instant,
  approvedBy: actor.nullable(),
  approvedAt: instant.nullable(),
  rejectedBy: actor.nullable(),
  rejectedAt: instant.nullable(),
  rejectionReason: z.string().nullable(),
});
export type ScenarioVersionView = z.output<typeof scenarioVersion>;

/** A version as it is kept. */
export interface ScenarioVersion extends ScenarioVersionView {
  /** Keys of all who wrote something into this version, its proposer included: none of them may approve it. */
  readonly editors: readonly string[];
  /** Business time from which, and until when, it counts; null while it never has, and for no end. */
  readonly inForceFrom: string | null;
  readonly inForceTo: string | null;
}

/** A scenario as a whole: what is in force now, and what waits for a decision. */
export const scenarioView = z.object({
  scenarioId: identifier,
  revision: z.int().min(1).describe('grows with every change; the ETag'),
  inForce: scenarioVersion.nullable(),
  proposed: scenarioVersion.nullable().describe('the version that waits for approval'),
  latest: scenarioVersion,
});
export type ScenarioView = z.output<typeof scenarioView>;
