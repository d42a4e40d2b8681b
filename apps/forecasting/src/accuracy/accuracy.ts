import {
  businessDate,
  finite,
  forecastKind,
  forecastMethod,
  fraction,
  identifier,
  nonNegative,
} from '@risk-budget/contracts';
import { mincerZarnowitz, normalQuantile } from '@risk-budget/risk-math';
import { z } from 'zod';
import { coverage, coverageOf, CONFIDENCES, unlessTooFew } from './coverage.js';
import { againstReference, referenceComparison } from './reference-comparison.js';
import type { ForecastScore, MethodScore } from './score.js';
import { REFERENCE_METHOD } from './standing.js';

export const methodAccuracy = z.object({
  method: forecastMethod,
  observations: z.int(),
  meanQlike: finite,
  meanSquaredError: nonNegative,
  meanForecastVariance: nonNegative,
  mincerZarnowitz: z
    .object({
      intercept: finite,
      slope: finite,
      interceptStandardError: nonNegative,
      slopeStandardError: nonNegative,
      rSquared: finite,
      statistic: finite,
      pValue: fraction.describe('of intercept 0 and slope 1'),
      lags: z.int(),
    })
    .nullable()
    .describe('realised variance on the forecast; null with too few scores'),
  dieboldMariano: referenceComparison.describe(
    'QLIKE against ewma, negative where this method is better; null with too few scores, and for ewma itself',
  ),
  coverage: z.array(coverage).describe('of normal value at risk of the horizon, on horizons that do not overlap'),
});
export type MethodAccuracy = z.infer<typeof methodAccuracy>;

export const accuracy = z.object({
  kind: forecastKind,
  subjectId: identifier,
  horizonDays: z.int(),
  scores: z.int(),
  independentScores: z.int().describe('whose horizons share no day'),
  from: businessDate.nullable(),
  to: businessDate.nullable(),
  meanRealisedVariance: nonNegative.nullable(),
  methods: z.array(methodAccuracy),
});
export type Accuracy = z.infer<typeof accuracy>;

/** What the scores of one horizon say of each method. @param scores oldest first */
export function accuracyOf(
  scores: readonly ForecastScore[],
  horizonDays: number,
): Omit<Accuracy, 'kind' | 'subjectId'> {
  const methods = [...new Set(scores.flatMap((score) => score.scores.map(({ method }) => method)))];
  const total = scores.reduce((sum, { realisedVariance }) => sum + realisedVariance, 0);
  return {
    horizonDays,
    scores: scores.length,
    independentScores: scores.filter(({ overlapping }) => !overlapping).length,
    from: scores[0]?.asOf ?? null,
    to: scores.at(-1)?.windowEnd ?? null,
    meanRealisedVariance: scores.length === 0 ? null : total / scores.length,
    methods: methods.map((method) => accuracyOfMethod(scores, method, horizonDays)),
  };
}

function accuracyOfMethod(scores: readonly ForecastScore[], method: string, horizonDays: number): MethodAccuracy {
  const own = scores.flatMap((score) => {
    const one = score.scores.find((candidate) => candidate.method === method);
    const reference = score.scores.find((candidate) => candidate.method === REFERENCE_METHOD);
    return one === undefined ? [] : [{ score, one, reference }];
  });
  const column = (of: (one: MethodScore) => number) => Float64Array.from(own, ({ one }) => of(one));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const forecasts = column(({ variance }) => variance);
  const realised = Float64Array.from(own, ({ score }) => score.realisedVariance);
  const paired = own.map(({ one, reference }) => ({ own: one.qlike, reference: reference?.qlike }));
  const independent = own.filter(({ score }) => !score.overlapping);
  return {
    method,
    observations: own.length,
    meanQlike: mean(column(({ qlike }) => qlike)),
    meanSquaredError: mean(column(({ squaredError }) => squaredError)),
    meanForecastVariance: mean(forecasts),
    mincerZarnowitz: unlessTooFew(() => mincerZarnowitz(realised, forecasts, horizonDays)),
    dieboldMariano: method === REFERENCE_METHOD ? null : againstReference(paired, horizonDays),
    coverage: CONFIDENCES.map((confidence) => {
      const quantile = normalQuantile(confidence);
      const hits = independent.map(({ score, one }) =>
        -score.realisedReturn > quantile * Math.sqrt(one.variance) ? 1 : 0,
      );
      return coverageOf(hits, confidence);
    }),
  };
}
