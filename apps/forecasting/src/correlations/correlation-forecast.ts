import {
  correlationMatrix,
  currency,
  finite,
  forecastKind,
  forecastSubject,
  fraction,
  identifier,
  instant,
  nonNegative,
  uuid,
} from '@risk-budget/contracts';
import { z } from 'zod';

export const CORRELATION_METHODS = ['ewma', 'dcc'] as const;

/** Parameters of the dynamic correlations of a set, as they were estimated. */
export const correlationFit = z.object({
  fitId: uuid,
  setId: identifier,
  fittedAt: instant,
  windowEnd: z.iso.date(),
  observations: z.int(),
  subjects: z.array(forecastSubject),
  a: fraction,
  b: fraction,
  standardErrors: z.object({ a: nonNegative.nullable(), b: nonNegative.nullable() }),
  logLikelihood: finite.describe('of the correlations alone, summed over pairs of neighbours'),
  status: z.enum(['converged', 'notConverged']),
});
export type CorrelationFit = z.infer<typeof correlationFit>;

/** A forecast of correlations without its matrices. */
export const correlationSummary = z.object({
  forecastId: uuid,
  setId: identifier.describe('calendar, kind of the subjects or holdings, and currency of the returns'),
  kind: forecastKind,
  currency,
  asOf: instant.describe('close of the last return used'),
  madeAt: instant,
  observations: z.int(),
  fit: z
    .object({ fitId: uuid, fittedAt: instant, a: fraction, b: fraction })
    .nullable()
    .describe('of the dynamic correlations; null where they could not be estimated'),
  leftOut: z.int().min(0).describe('subjects beyond the largest, of which nothing is forecast'),
  subjects: z.array(forecastSubject),
  policyVersion: z.int(),
  codeVersion: z.string(),
});
export type CorrelationSummary = z.infer<typeof correlationSummary>;

export const correlationForecast = correlationSummary.extend({ matrices: z.array(correlationMatrix) });
export type CorrelationForecast = z.infer<typeof correlationForecast>;

/** As it is kept: with the weights that the subjects are made of, for its score. */
export const storedCorrelations = correlationSummary.extend({
  calendar: identifier,
  weights: z.array(z.record(z.string(), finite)),
});
export type StoredCorrelations = z.infer<typeof storedCorrelations>;

/** One pair of a forecast. */
export const correlationPair = z.object({
  first: forecastSubject,
  second: forecastSubject,
  correlations: z.array(z.object({ method: z.string(), horizonDays: z.int(), correlation: z.number().min(-1).max(1) })),
});
export type CorrelationPair = z.infer<typeof correlationPair>;

/** Place of a pair in a lower triangle without its diagonal. @param row later subject; @param column earlier one */
export function placeOfPair(row: number, column: number): number {
  return (row * (row - 1)) / 2 + column;
}

/** The pairs of a forecast in order, those with one subject where it is named. */
export function pairsOf({ subjects, matrices }: CorrelationForecast, subjectId?: string): CorrelationPair[] {
  const pairs: CorrelationPair[] = [];
  subjects.forEach((second, row) => {
    for (let column = 0; column < row; column++) {
      const first = subjects[column];
      if (first === undefined) continue;
      if (subjectId !== undefined && first.subjectId !== subjectId && second.subjectId !== subjectId) continue;
      const place = placeOfPair(row, column);
      const correlations = matrices.map(({ method, horizonDays, correlations: of }) => ({
        ...{ method, horizonDays },
        correlation: of[place] ?? 0,
      }));
      pairs.push({ first, second, correlations });
    }
  });
  return pairs;
}
