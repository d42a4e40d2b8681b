import {
  actor,
  businessDate,
  finite,
  identifier,
  instant,
  label,
  nonNegative,
  scenarioShock,
  shockTarget,
  stressRun,
  uuid,
} from '@risk-budget/contracts';
import { jobSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { correlationStress } from '../scenarios/scenario.types.js';

const common = {
  portfolioId: identifier,
  asOf: instant.optional().describe('business time of the run: nothing learned later is seen; now when absent'),
};
const confidence = z.number().gt(0.5).lt(1).default(0.99);
const historyDays = z.int().min(60).max(10_000);

/** How Monte Carlo draws returns. */
export const generatorRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('normal') }),
  z.object({ kind: z.literal('studentT'), degreesOfFreedom: z.number().gt(2).max(200).default(5) }),
  z.object({
    kind: z.literal('filteredHistorical'),
    lambda: z.number().gt(0.5).lt(1).default(0.94),
    days: historyDays.default(1000),
  }),
  z.object({
    kind: z.literal('stationaryBootstrap'),
    meanBlockDays: z.number().min(1).max(250).default(10),
    days: historyDays.default(1000),
  }),
]);

const scenariosRequest = z.object({
  kind: z.literal('scenarios'),
  ...common,
  scenarioIds: z.array(identifier).min(1).max(200).optional().describe('of the library; all in force when absent'),
  includeLater: z
    .boolean()
    .default(false)
    .describe('takes scenarios too that could not be known at `asOf`, with the prices known today; the run says so'),
});

const historicalRequest = z
  .object({
    kind: z.literal('historical'),
    ...common,
    name: label.default('Asked for once'),
    start: businessDate,
    end: businessDate,
  })
  .refine(({ start, end }) => start < end, { path: ['end'], message: 'must lie after the start' })
  .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= 3660 * 86_400_000, {
    path: ['end'],
    message: 'must lie at most ten years after the start',
  });

const hypotheticalRequest = z.object({
  kind: z.literal('hypothetical'),
  ...common,
  name: label.default('Asked for once'),
  shocks: z.array(scenarioShock).min(1).max(1000),
});

const modelStressRequest = z
  .object({
    kind: z.literal('modelStress'),
    ...common,
    name: label.default('Asked for once'),
    volatilityMultiplier: z.number().min(0).max(20).optional(),
    correlation: correlationStress.optional(),
  })
  .refine(({ volatilityMultiplier, correlation }) => (volatilityMultiplier ?? correlation) !== undefined, {
    path: ['volatilityMultiplier'],
    message: 'a stress of volatilities or of correlations is needed',
  });

const monteCarloRequest = z.object({
  kind: z.literal('monteCarlo'),
  ...common,
  generator: generatorRequest.default({ kind: 'normal' }),
  paths: z.int().min(100).max(5_000_000).default(100_000),
  horizonDays: z.int().min(1).max(250).default(1),
  confidence,
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('drawn when absent, and kept with the result'),
});

const reverseRequest = z.object({
  kind: z.literal('reverse'),
  ...common,
  loss: z.number().gt(0).max(10).describe('fraction of NAV'),
  bounds: z
    .array(
      z
        .object({ id: identifier, of: shockTarget, lower: finite.optional(), upper: finite.optional() })
        .refine(({ lower, upper }) => (lower ?? upper) !== undefined, {
          path: ['lower'],
          message: 'a lower or an upper end is needed',
        }),
    )
    .max(200)
    .default([])
    .describe('ends of the simple return of names, factors or the market'),
});

const sensitivitiesRequest = z.object({ kind: z.literal('sensitivities'), ...common });

const tailRequest = z
  .object({
    kind: z.literal('tail'),
    ...common,
    confidence,
    days: historyDays.default(2500),
    tailShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .optional()
      .describe('share of the losses beyond the threshold; 0.1 when absent'),
    threshold: finite.optional().describe('a loss, fraction of NAV'),
  })
  .refine(({ tailShare, threshold }) => tailShare === undefined || threshold === undefined, {
    path: ['threshold'],
    message: 'the tail begins at a share or at a threshold, not at both',
  });

/** What a run computes. */
export const runRequest = z.discriminatedUnion('kind', [
  scenariosRequest,
  historicalRequest,
  hypotheticalRequest,
  modelStressRequest,
  monteCarloRequest,
  reverseRequest,
  sensitivitiesRequest,
  tailRequest,
]);
export type RunRequest = z.output<typeof runRequest>;
export type RunRequestOf<Kind extends RunRequest['kind']> = Extract<RunRequest, { kind: Kind }>;

/** First derivatives of the portfolio's risk. */
export const sensitivities = z.object({
  kind: z.literal('sensitivities'),
  deviationDaily: nonNegative.describe('standard deviation of a day, fraction of NAV'),
  toAllCorrelations: finite.describe('change of that deviation for a rise of every correlation by 1'),
  instruments: z.array(
    z.object({
      instrumentId: identifier,
      weight: finite,
      toWeight: finite.describe('change of the deviation for a rise of the weight by 1'),
      toVolatility: finite.describe(
        'change of the deviation for a rise of the daily volatility by 1, correlations as they are',
      ),
      lossPerPercent: finite.describe('loss for a fall of the price by 1 %, fraction of NAV'),
    }),
  ),
  factors: z
    .array(
      z.object({
        factorId: identifier,
        exposure: finite,
        lossAlone: finite.describe('loss for a return of the factor of 1, the others where they are'),
        lossWithOthers: finite.describe('the same, the others where they are expected given it'),
      }),
    )
    .nullable()
    .describe('null for a model without factors'),
});
export type Sensitivities = z.output<typeof sensitivities>;

/** The tail of the portfolio's past losses by peaks over threshold; one day, fractions of NAV. */
export const tailRisk = z.object({
  kind: z.literal('tail'),
  confidence: z.number(),
  var: finite,
  es: finite.nullable().describe('null where the tail is so heavy that it has no mean'),
  threshold: finite,
  excesses: z.int().min(0).describe('losses beyond the threshold'),
  observations: z.int(),
  shape: finite.describe('above 0 for a heavy tail'),
  shapeStandardError: nonNegative.nullable(),
  scale: finite,
  scaleStandardError: nonNegative.nullable(),
  historicalVar: finite,
  historicalEs: finite,
  window: z.object({ start: businessDate, end: businessDate, days: z.int() }),
  ownShare: z.number(),
  proxiedShare: z.number(),
  proxied: z.array(identifier),
});
export type TailRisk = z.output<typeof tailRisk>;

export const analysis = z.discriminatedUnion('kind', [sensitivities, tailRisk]);
export type Analysis = z.output<typeof analysis>;

/** A finished run without its nodes. */
export const runSummary = stressRun.omit({ nodes: true });
export type RunSummary = z.output<typeof runSummary>;

/** A run as it is listed. */
export const runHead = z.object({
  runId: uuid,
  jobId: uuid.nullable().describe('null for a scheduled run'),
  portfolioId: identifier,
  asOf: instant,
  cause: z.enum(['schedule', 'request']),
  kind: z.string(),
  requestedBy: actor.nullable(),
  completedAt: instant.nullable().describe('wall clock'),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable().describe('why a scheduled run gave nothing'),
  scenarios: z.int().min(0).nullable(),
  worst: z.object({ scenarioId: identifier, loss: finite }).nullable(),
});
export type RunHead = z.output<typeof runHead>;

/** A run with what it found. */
export const runView = runHead.extend({
  request: runRequest.nullable().describe('null for a scheduled run: all of the library that was in force'),
  job: jobSchema.nullable(),
  summary: runSummary.nullable().describe('null until it is finished, and for an analysis'),
  analysis: analysis.nullable(),
});
export type RunView = z.output<typeof runView>;

/** A run that was accepted. */
export const acceptedRun = z.object({ runId: uuid, job: jobSchema });
export type AcceptedRun = z.output<typeof acceptedRun>;
