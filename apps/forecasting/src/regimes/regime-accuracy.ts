import { businessDate, finite, forecastMethod, identifier } from '@risk-budget/contracts';
import { z } from 'zod';
import { againstReference, referenceComparison } from '../accuracy/reference-comparison.js';
import { STATIONARY, type RegimeScore } from './regime-score.js';

export const regimeAccuracy = z.object({
  marketId: identifier,
  states: z.int(),
  horizonDays: z.int(),
  scores: z.int(),
  from: businessDate.nullable(),
  to: businessDate.nullable(),
  methods: z.array(
    z.object({
      method: forecastMethod,
      observations: z.int(),
      meanLogScore: finite.describe('higher is better'),
      dieboldMariano: referenceComparison.describe(
        'of the negative scores against stationary, negative where this method is better; null with too few scores, and for stationary itself',
      ),
    }),
  ),
});
export type RegimeAccuracy = z.infer<typeof regimeAccuracy>;

/** What the scores of one model and horizon say of each method. @param scores oldest first */
export function regimeAccuracyOf(
  of: Pick<RegimeAccuracy, 'marketId' | 'states' | 'horizonDays'>,
  scores: readonly RegimeScore[],
): RegimeAccuracy {
  const methods = [...new Set(scores.flatMap((score) => score.scores.map(({ method }) => method)))];
  return {
    ...of,
    scores: scores.length,
    from: scores[0]?.asOf ?? null,
    to: scores.at(-1)?.windowEnd ?? null,
    methods: methods.map((method) => {
      const own = scores.flatMap(({ scores: all }) => {
        const one = all.find((candidate) => candidate.method === method);
        const reference = all.find((candidate) => candidate.method === STATIONARY);
        return one === undefined ? [] : [{ one: one.logScore, reference: reference?.logScore }];
      });
      return {
        method,
        observations: own.length,
        meanLogScore: own.reduce((sum, { one }) => sum + one, 0) / own.length,
        dieboldMariano:
          method === STATIONARY
            ? null
            : againstReference(
                own.map(({ one, reference }) => ({
                  own: -one,
                  reference: reference === undefined ? undefined : -reference,
                })),
                of.horizonDays,
              ),
      };
    }),
  };
}
