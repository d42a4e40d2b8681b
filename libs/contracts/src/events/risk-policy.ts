import { z } from 'zod';
import { fraction, identifier } from '../primitives.js';

/** How the covariance is estimated. Windows and half-lives in trading days. */
export const riskModelMethod = z.discriminatedUnion('method', [
  z.object({ method: z.literal('sample'), windowDays: z.int().min(20).max(2600) }),
  z.object({
    method: z.literal('ewma'),
    windowDays: z.int().min(20).max(2600),
    halfLifeDays: z.number().gt(0).max(2600),
  }),
  z.object({
    method: z.literal('ledoitWolf'),
    target: z.enum(['identity', 'constantCorrelation']),
    windowDays: z.int().min(20).max(2600),
  }),
  z.object({
    method: z.literal('timeSeriesFactor'),
    marketInstrumentId: identifier,
    factorInstrumentIds: z.array(identifier).max(50).describe('factor = the return of each over the market'),
    windowDays: z.int().min(20).max(2600),
  }),
]);
export type RiskModelMethod = z.infer<typeof riskModelMethod>;

/** Everything that decides a risk figure besides positions and prices; carried by the plan and named with every number. */
export const riskPolicy = z.object({
  policyId: identifier,
  version: z.int().min(1),
  model: riskModelMethod,
  confidence: z.number().gt(0.5).lt(1),
  horizonDays: z.int().min(1).max(250),
  scaling: z.enum(['sqrt', 'overlapping']),
  quantileRule: z.enum(['type1', 'type6', 'type7', 'type8']),
  historicalWindowDays: z.int().min(20).max(2600),
  /** A series with fewer returns than this within the window is proxied. */
  minimumHistoryDays: z.int().min(2).max(2600),
  /** Below this share of gross with a model, a snapshot is incomplete. */
  modelledShareFloor: fraction,
  /** Budget utilization at which a node turns amber and red, and how far it must fall back before it turns again. */
  thresholds: z.object({
    amber: z.number().gt(0).max(10),
    red: z.number().gt(0).max(10),
    hysteresis: z.number().min(0).max(0.5),
  }),
});
export type RiskPolicy = z.infer<typeof riskPolicy>;

/** Applies to every portfolio until a plan with its own policy is active. */
export const defaultRiskPolicy: RiskPolicy = {
  policyId: 'default',
  version: 1,
  model: { method: 'ledoitWolf', target: 'constantCorrelation', windowDays: 500 },
  confidence: 0.95,
  horizonDays: 1,
  scaling: 'sqrt',
  quantileRule: 'type7',
  historicalWindowDays: 500,
  minimumHistoryDays: 250,
  modelledShareFloor: 0.95,
  thresholds: { amber: 0.8, red: 1, hysteresis: 0.02 },
};
