import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { businessDate, finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';

export const stressKind = z.enum(['historical', 'hypothetical', 'modelStress', 'monteCarlo', 'reverse']);
export type StressKind = z.infer<typeof stressKind>;

/** What a simulation says of the losses over its horizon, fractions of NAV. */
export const lossDistribution = z.object({
  generator: z.enum(['normal', 'studentT', 'filteredHistorical', 'stationaryBootstrap']),
  confidence: z.number().gt(0.5).lt(1),
  var: finite,
  varInterval: z.array(finite).length(2).describe('95 % interval for the number of paths: its lower and its upper end'),
  es: finite,
  esStandardError: nonNegative,
  meanLoss: finite,
  worstLoss: finite,
  paths: z.int().min(2),
  horizonDays: z.int().min(1),
  seed: z.int().min(0),
});
export type LossDistribution = z.infer<typeof lossDistribution>;

/** One scenario of a run. Losses are positive, fractions of the portfolio’s NAV. */
export const stressResult = z.object({
  kind: stressKind,
  scenarioId: identifier,
  scenarioVersion: z.int().min(1).nullable().describe('null for a scenario that was asked for once'),
  scenarioName: z.string(),
  knownFrom: businessDate.nullable().describe('when the scenario could first be known'),
  window: z
    .object({ start: businessDate, end: businessDate, days: z.int().min(1) })
    .nullable()
    .describe(
      'of an episode: its days, from the close of `start`; of the others: the days behind the model or the simulation',
    ),
  loss: finite.describe(
    'loss at the end; for Monte Carlo the expected shortfall, for a model stress the VaR under the stressed model',
  ),
  worstPointLoss: finite.nullable().describe('worst point since the start of an episode'),
  worstDayLoss: finite.nullable().describe('worst day of an episode, fraction of NAV at its start'),
  worstTenDayLoss: finite.nullable(),
  baseline: finite.nullable().describe('for a model stress: the VaR before it'),
  distance: nonNegative.nullable().describe('Mahalanobis distance of a hypothetical or reverse scenario, per day'),
  distribution: lossDistribution.nullable().describe('of Monte Carlo'),
  ownShare: fraction.describe('of gross, with history of its own'),
  proxiedShare: fraction.describe('of gross, on some or all days by its sector’s proxy'),
  proxied: z.array(identifier).max(20_000),
});
export type StressResult = z.infer<typeof stressResult>;

/** One node of the portfolio under every scenario of a run. */
export const stressNode = z.object({
  nodeId: z.string().min(1).max(256),
  parentId: z.string().min(1).max(256).nullable(),
  kind: z.enum(['portfolio', 'strategy', 'sector', 'leaf', 'issuer', 'sectorTotal', 'instrument']),
  weight: finite,
  losses: z
    .array(finite)
    .max(1000)
    .describe('one a result, in their order; fractions of the portfolio’s NAV, children sum to their parent'),
});
export type StressNode = z.infer<typeof stressNode>;

/** A scenario that gave no figure, and why. */
export const stressProblem = z.object({ scenarioId: identifier, code: z.string(), detail: z.string() });
export type StressProblem = z.infer<typeof stressProblem>;

export const stressRun = z.object({
  runId: uuid,
  portfolioId: identifier,
  asOf: instant.describe('business time of the run: nothing learned later is in it'),
  cause: z.enum(['schedule', 'request']),
  state: z.enum(['complete', 'incomplete']).describe('incomplete: a scenario has no figure, and `problems` says why'),
  includesLater: z.boolean().describe('whether scenarios that could not be known at `asOf` were asked for'),
  leftOut: z
    .array(z.object({ scenarioId: identifier, knownFrom: businessDate }))
    .max(1000)
    .describe('scenarios that could not be known yet'),
  problems: z.array(stressProblem).max(1000),
  nav: z.number().gt(0).describe('base currency'),
  lineage: z.object({
    positionSequence: z.int().min(0),
    priceTime: instant,
    modelId: uuid,
    policyId: identifier,
    policyVersion: z.int().min(1),
    codeVersion: z.string(),
  }),
  results: z.array(stressResult).max(1000),
  nodes: z.array(stressNode).max(60_000),
});
export type StressRun = z.infer<typeof stressRun>;

export const stressRunCompleted = defineEvent({
  topic: topics.stressResults,
  type: 'stress.run-completed.v1',
  description: 'The losses of a portfolio and each of its nodes under every scenario of a run',
  schema: stressRun,
  key: (data) => data.portfolioId,
  rows: ['nodes', 'results[].proxied'],
});
