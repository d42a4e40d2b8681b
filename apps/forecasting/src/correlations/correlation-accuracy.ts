import { businessDate, finite, forecastMethod, identifier, nonNegative } from '@risk-budget/contracts';
import { z } from 'zod';
import { againstReference, referenceComparison } from '../accuracy/reference-comparison.js';
import { REFERENCE_METHOD } from '../accuracy/standing.js';
import type { CorrelationScore } from './correlation-score.js';

export const correlationAccuracy = z.object({
  setId: identifier,
  horizonDays: z.int(),
  scores: z.int(),
  independentScores: z.int().describe('whose horizons share no day'),
  from: businessDate.nullable(),
  to: businessDate.nullable(),
  methods: z.array(
    z.object({
      method: forecastMethod,
      observations: z.int(),
      meanQlike: finite.describe('of covariances, by subject; lower is better, below 0 for small variances'),
      meanSquaredError: nonNegative,
      dieboldMariano: referenceComparison.describe(
        'QLIKE against ewma, negative where this method is better; null with too few scores, and for ewma itself',
      ),
    }),
  ),
});
export type CorrelationAccuracy = z.infer<typeof correlationAccuracy>;

/** What the scores of one horizon say of each method. @param scores oldest first */
export function correlationAccuracyOf(
  setId: string,
  horizonDays: number,
  scores: readonly CorrelationScore[],
): CorrelationAccuracy {
  const methods = [...new Set(scores.flatMap((score) => score.scores.map(({ method }) => method)))];
  return {
    setId,
    horizonDays,
    scores: scores.length,
    independentScores: scores.filter(({ overlapping }) => !overlapping).length,
    from: scores[0]?.asOf ?? null,
    to: scores.at(-1)?.windowEnd ?? null,
    methods: methods.map((method) => {
      const own = scores.flatMap((score) => {
        const one = score.scores.find((candidate) => candidate.method === method);
        const reference = score.scores.find((candidate) => candidate.method === REFERENCE_METHOD);
        return one === undefined ? [] : [{ one, reference }];
      });
      const mean = (of: (score: (typeof own)[number]) => number) =>
        own.reduce((sum, score) => sum + of(score), 0) / own.length;
      const paired = own.map(({ one, reference }) => ({ own: one.qlike, reference: reference?.qlike }));
      return {
        method,
        observations: own.length,
        meanQlike: mean(({ one }) => one.qlike),
        meanSquaredError: mean(({ one }) => one.squaredError),
        dieboldMariano: method === REFERENCE_METHOD ? null : againstReference(paired, horizonDays),
      };
    }),
  };
}
