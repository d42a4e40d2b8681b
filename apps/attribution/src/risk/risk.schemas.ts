import { finite, identifier, instant, nonNegative, riskMeasure, uuid } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { periodQuery, snapshotQuery } from '../rest/parameters.js';
import { riskDimension } from './risk.types.js';

const factors = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(identifier).min(1).max(20))
  .optional()
  .describe(
    'with `by=factor`: instruments of the risk model, comma separated, that risk is told by; when absent the factors of the model, else the series that is the benchmark',
  );

const question = z.object({
  measure: riskMeasure.default('volatility'),
  by: riskDimension.default('security'),
  factors,
});

export const riskQuery = question.extend(snapshotQuery.shape).extend({
  format: z.enum(['json', 'csv', 'html']).optional().describe('what `Accept` asks for when absent'),
});
export type RiskQuery = z.output<typeof riskQuery>;

export const riskHistoryQuery = pageSchema({ maximumLimit: 100, defaultLimit: 20 })
  .extend(question.shape)
  .extend(periodQuery.shape)
  .extend({ every: z.enum(['snapshot', 'day']).default('day').describe('day: the last snapshot of each day (UTC)') });
export type RiskHistoryQuery = z.output<typeof riskHistoryQuery>;

export const riskLine = z.object({
  name: z.string().describe('security, strategy, sector, issuer or factor; `benchmark`; `specific`'),
  kind: z.enum([...riskDimension.options, 'benchmark', 'specific']),
  weight: finite.nullable().describe('net, fraction of NAV; null for a factor'),
  gross: nonNegative.nullable(),
  component: finite.describe('Euler contribution; all lines sum to the total'),
  percentage: finite.nullable().describe('component / total; null when that is 0'),
  marginal: finite
    .nullable()
    .describe('of one more unit of weight (a group: of gross, pro rata over its positions; a factor: of exposure)'),
  incremental: finite.nullable().describe('the total less the total with the part sold to cash; null for a factor'),
  standalone: finite.nullable().describe('of the part alone'),
  xSigmaRho: z
    .object({ exposure: finite, deviation: nonNegative, correlation: z.number().min(-1).max(1) })
    .nullable()
    .describe('their product is the component; null for historical measures'),
});

export const riskView = z.object({
  portfolioId: identifier,
  snapshotId: uuid,
  sequence: z.int().min(1),
  asOf: instant,
  state: z.enum(['complete', 'incomplete']),
  baseCurrency: z.string(),
  nav: z.number().gt(0),
  measure: riskMeasure,
  by: riskDimension,
  total: finite.describe('annual for volatility and tracking error, over the horizon for VaR and ES; fraction of NAV'),
  confidence: z.number(),
  horizonDays: z.int().min(1),
  modelId: uuid,
  policyId: identifier,
  policyVersion: z.int().min(1),
  positionSequence: z.int().min(0),
  codeVersion: z.string(),
  lines: z.array(riskLine).describe('the largest component first; `benchmark` and `specific` last'),
});
export type RiskView = z.infer<typeof riskView>;

/** A snapshot that cannot be told apart any more stands in its place in the history, with the reason. */
export const riskPoint = riskView
  .pick({ snapshotId: true, sequence: true, asOf: true, state: true, nav: true })
  .extend({
    total: finite.nullable(),
    lines: z.array(riskLine.pick({ name: true, kind: true, weight: true, component: true, percentage: true })),
    refusal: z.object({ code: z.string(), detail: z.string() }).nullable(),
  });
export type RiskPoint = z.infer<typeof riskPoint>;
export const riskPointPage = pageOf(riskPoint);
