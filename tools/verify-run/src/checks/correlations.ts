import {
  correlationsForecast,
  correlationsScored,
  forecastMade,
  type CorrelationMatrix,
  type CorrelationsForecast,
  type ForecastMade,
} from '@risk-budget/contracts';
import { OwnSubjects, type SubjectWeights } from '../evaluation/own-subjects.js';
import { covarianceLosses, dynamicCorrelations, ewmaCorrelations } from '../numerics/correlations.js';
import type { Matrix } from '../numerics/shrinkage.js';
import { ewmaResiduals, garchRun, type GarchNumbers } from '../numerics/variance-models.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Decay of the policy that the service comes with. */
const lambda = 0.94;
const horizons = [1, 5, 20] as const;

interface Remembered {
  readonly made: CorrelationsForecast;
  readonly weights: readonly SubjectWeights[] | undefined;
}

/**
 * Correlations again from the returns known at the time: exponentially weighted, and dynamic from the residuals of the GARCH parameters
 * published, with the two parameters published. Variances are those that the same run forecast; each forecast is scored once.
 */
export function checkCorrelations(context: RunContext): Check[] {
  const matrices = new CheckRecorder(
    'correlations by EWMA and DCC from what was known at the time, on the run’s variances',
  );
  const fits = new CheckRecorder(
    'correlations: every method over every horizon; parameters stand still between two fits',
  );
  const scores = new CheckRecorder('correlations scored once: QLIKE and squared error of the covariances');
  const subjects = new OwnSubjects(context);
  const forecasts = new KnownForecasts(context);
  const parameters = new Map<string, string>();
  const remembered = new Map<string, Remembered>();
  for (const { data, publishedAt } of context.events.of(correlationsForecast)) {
    const name = `${data.setId} at ${data.madeAt}`;
    checkFit(fits, name, data, parameters);
    const weights = data.subjects.map(({ kind, subjectId }) =>
      subjects.weights(kind, subjectId, data.madeAt, publishedAt),
    );
    const known = weights.flatMap((one) => one ?? []);
    remembered.set(data.forecastId, { made: data, weights: known.length === weights.length ? known : undefined });
    if (known.length < weights.length) continue;
    const columns = known.map((one) => subjects.returns(one, data.madeAt).series);
    checkMatrices(matrices, name, data, columns, forecasts);
  }
  const seen = new Set<string>();
  for (const { data } of context.events.of(correlationsScored)) {
    for (const { forecastId, horizonDays, windowEnd, scores: told } of data.scored) {
      const key = `${data.setId}: ${forecastId} over ${horizonDays} days`;
      scores.expect(!seen.has(key), () => `${key} was scored twice`);
      seen.add(key);
      const known = remembered.get(forecastId);
      scores.expect(known !== undefined, () => `${key} was never made`);
      if (known?.weights === undefined) continue;
      const { asOf, matrices: forecast } = known.made;
      const columns = known.weights.map((one) => {
        const { dates, series } = subjects.returns(one, data.scoredAt);
        return series.filter((_, t) => (dates[t] ?? '') > asOf.slice(0, 10) && (dates[t] ?? '') <= windowEnd);
      });
      scores.expect(columns[0]?.length === horizonDays, () => `${key}: ${columns[0]?.length} days lie in its window`);
      const own = forecast.filter((one) => one.horizonDays === horizonDays);
      scores.expect(
        own.every(({ method }) => told.some((one) => one.method === method)),
        () => `${key}: a method has no score`,
      );
      for (const { method, qlike, squaredError } of told) {
        const matrix = own.find((one) => one.method === method);
        scores.expect(matrix !== undefined, () => `${key}: ${method} made no forecast`);
        if (matrix === undefined) continue;
        const losses = covarianceLosses(covarianceOf(matrix), columns);
        scores.figure(`${key}: QLIKE of ${method}`, qlike, losses.qlike, 1);
        scores.figure(`${key}: squared error of ${method}`, squaredError, losses.squaredError);
      }
    }
  }
  return [matrices.result(), fits.result(), scores.result()];
}

function checkFit(
  recorder: CheckRecorder,
  name: string,
  { fit, matrices }: CorrelationsForecast,
  known: Map<string, string>,
): void {
  const wanted = horizons.flatMap((days) => ['ewma', ...(fit === null ? [] : ['dcc'])].map((one) => `${one} ${days}`));
  const found = matrices.map(({ method, horizonDays }) => `${method} ${horizonDays}`);
  recorder.expect(
    found.length === wanted.length && wanted.every((one) => found.includes(one)),
    () => `${name}: there are ${found.join(', ')}`,
  );
  if (fit === null) return;
  recorder.expect(
    fit.a >= 0 && fit.b >= 0 && fit.a + fit.b < 1,
    () => `${name}: parameters ${fit.a} and ${fit.b} are none`,
  );
  const own = JSON.stringify([fit.fittedAt, fit.a, fit.b]);
  const before = known.get(fit.fitId) ?? own;
  known.set(fit.fitId, before);
  recorder.expect(before === own, () => `${name}: other parameters than those of ${fit.fittedAt}`);
}

function checkMatrices(
  recorder: CheckRecorder,
  name: string,
  { subjects, matrices, madeAt, fit }: CorrelationsForecast,
  columns: readonly (readonly number[])[],
  forecasts: KnownForecasts,
): void {
  const ewma = ewmaCorrelations(columns, lambda);
  const residuals = subjects.map(({ kind, subjectId }, i) => {
    const series = columns[i] ?? [];
    const garch = forecasts.garch(kind, subjectId, madeAt);
    return garch === null ? ewmaResiduals(series, lambda) : garchRun(series, garch).residuals;
  });
  const dynamic = fit === null ? undefined : dynamicCorrelations(residuals, fit, horizons);
  for (const { method, horizonDays, correlations, variances } of matrices) {
    const what = `${name}: ${method} over ${horizonDays} days`;
    const own = method === 'ewma' ? ewma : dynamic?.get(horizonDays);
    subjects.forEach((second, i) => {
      const variance = forecasts.variance(second, madeAt, method === 'dcc' ? 'garch' : method, horizonDays);
      recorder.figure(`${what}: variance of ${second.subjectId}`, variances[i], variance);
      subjects.slice(0, i).forEach((first, j) => {
        const told = correlations[(i * (i - 1)) / 2 + j];
        recorder.figure(`${what}: ${first.subjectId} and ${second.subjectId}`, told, own?.[i]?.[j] ?? null, 1);
      });
    });
  }
}

function covarianceOf({ variances, correlations }: CorrelationMatrix): Matrix {
  return variances.map((variance, i) =>
    variances.map((other, j) => {
      const [row, column] = i > j ? [i, j] : [j, i];
      const correlation = i === j ? 1 : (correlations[(row * (row - 1)) / 2 + column] ?? NaN);
      return correlation * Math.sqrt(variance * other);
    }),
  );
}

/** What was forecast of single subjects, on which correlations stand. */
class KnownForecasts {
  private readonly made = new Map<string, ForecastMade['forecasts'][number]>();
  private readonly fits = new Map<string, GarchNumbers | null>();

  constructor({ events }: RunContext) {
    for (const { data } of events.of(forecastMade)) {
      for (const one of data.forecasts) {
        this.made.set(`${data.kind} ${one.subjectId} ${data.madeAt}`, one);
        if (one.fit !== undefined) this.fits.set(one.fitId ?? '', one.fit.garch);
      }
    }
  }

  /** Of the method, by EWMA where it made none. */
  variance(
    { kind, subjectId }: { readonly kind: string; readonly subjectId: string },
    at: string,
    method: string,
    horizonDays: number,
  ): number | null {
    const all = this.made.get(`${kind} ${subjectId} ${at}`)?.volatilities ?? [];
    const by = (name: string) => all.find((one) => one.method === name && one.horizonDays === horizonDays)?.variance;
    return by(method) ?? by('ewma') ?? null;
  }

  /** Parameters in force; null where there are none. */
  garch(kind: string, subjectId: string, at: string): GarchNumbers | null {
    return this.fits.get(this.made.get(`${kind} ${subjectId} ${at}`)?.fitId ?? '') ?? null;
  }
}
