import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { businessDate, finite, fraction, identifier, instant, nonNegative, uuid } from '../primitives.js';
import { topics } from '../topics.js';

export const stressKind = z.enum(['historical', 'hypothetical', 'monteCarlo', 'reverse', 'modelStress']);
export type StressKind = z.infer<typeof stressKind>;

/** One node under a scenario. Losses are positive, fractions of the portfolio's NAV; children sum to their parent. */
export const stressNode = z.object({
  nodeId: z.string().min(1).max(256),
  parentId: z.string().min(1).max(256).nullable(),
  kind: z.enum(['portfolio', 'strategy', 'sector', 'leaf', 'issuer', 'sectorTotal', 'instrument']),
  weight: finite,
  loss: finite.describe(
    'loss at the end; for Monte Carlo the node’s part of the expected shortfall, for a model stress of the VaR',
  ),
});
export type StressNode = z.infer<typeof stressNode>;

export const stressResult = z.object({
  resultId: uuid,
  runId: uuid,
  portfolioId: identifier,
  asOf: instant.describe('business time of the run'),
  kind: stressKind,
  scenarioId: identifier,
  scenarioVersion: z.int().min(1),
  scenarioName: z.string(),
  knownFrom: businessDate.nullable().describe('when the scenario could first be known'),
  loss: finite.describe('headline of the scenario, positive is a loss, fraction of NAV'),
  worstPointLoss: finite.nullable().describe('worst point since the start of an episode'),
  worstDayLoss: finite.nullable().describe('worst day, fraction of NAV at the start'),
  worstTenDayLoss: finite.nullable(),
  distribution: z
    .object({
      confidence: z.number().gt(0.5).lt(1),
      var: finite,
      es: finite,
      paths: z.int().min(1),
      horizonDays: z.int().min(1),
      seed: z.string(),
    })
    .nullable()
    .describe('of Monte Carlo'),
  distance: nonNegative.nullable().describe('Mahalanobis distance of a reverse or hypothetical scenario'),
  coverage: z.object({
    ownShare: fraction.describe('of gross, with history of its own'),
    proxiedShare: fraction,
    proxied: z.array(identifier).max(20_000),
  }),
  lineage: z.object({
    positionSequence: z.int().min(0),
    priceTime: instant,
    modelId: uuid.nullable(),
    codeVersion: z.string(),
  }),
  nodes: z.array(stressNode).max(60_000),
});
export type StressResult = z.infer<typeof stressResult>;

export const stressResultReached = defineEvent({
  topic: topics.stressResults,
  type: 'stress.result-reached.v1',
  description: 'The loss of a portfolio and each of its nodes under a scenario',
  schema: stressResult,
  key: (data) => data.portfolioId,
  rows: ['nodes', 'coverage.proxied'],
});
