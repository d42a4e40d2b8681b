import { forecastMade, type ForecastMade } from '@risk-budget/contracts';
import { OwnSubjects } from '../evaluation/own-subjects.js';
import { harCoefficients, harSum, quietestMonth, type HarNumbers } from '../numerics/har.js';
import { garchRun, garchSum, nextEwma, type GarchNumbers } from '../numerics/variance-models.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

type Made = ForecastMade['forecasts'][number];

/** Decay and horizons of the policy that the service comes with. */
const lambda = 0.94;
const horizons = [1, 5, 20] as const;
const models = ['garch', 'gjr'] as const;

/** What is known of the models of a subject since their last fit. */
interface KnownFit {
  readonly published: NonNullable<Made['fit']>;
  readonly har: ReadonlyMap<number, HarNumbers>;
}

/**
 * Forecasts of instruments, markets and portfolios again from the bars and positions as they were known when they were made: what used a
 * later day would not agree. Likelihoods at the parameters published, which no step of a hundredth may raise; HAR fitted again.
 */
export function checkForecasts(context: RunContext): Check[] {
  const likelihoods = new CheckRecorder('GARCH and GJR: the likelihood published, and none higher nearby');
  const variances = new CheckRecorder('forecasts by EWMA, GARCH, GJR and HAR from what was known at the time');
  const subjects = new OwnSubjects(context);
  const fits = new Map<string, KnownFit>();
  for (const { data, publishedAt } of context.events.of(forecastMade)) {
    for (const made of data.forecasts) {
      const weights = subjects.weights(data.kind, made.subjectId, data.madeAt, publishedAt);
      if (weights === undefined) continue;
      const { series } = subjects.returns(weights, data.madeAt);
      const name = `${data.kind} ${made.subjectId} at ${data.madeAt}`;
      if (made.fit !== undefined) {
        checkLikelihoods(likelihoods, name, series, made.fit);
        fits.set(made.fitId ?? '', { published: made.fit, har: harFits(series) });
      }
      checkVariances(variances, name, series, made, fits.get(made.fitId ?? ''));
    }
  }
  return [likelihoods.result(), variances.result()];
}

function harFits(series: readonly number[]): Map<number, HarNumbers> {
  const squares = series.map((value) => value * value);
  const fits = horizons.map((days) => [days, harCoefficients(squares, days)] as const);
  return new Map(fits.flatMap(([days, fit]) => (fit === undefined ? [] : [[days, fit] as const])));
}

function checkLikelihoods(
  recorder: CheckRecorder,
  name: string,
  series: readonly number[],
  fit: NonNullable<Made['fit']>,
): void {
  recorder.expect(fit.observations === series.length, () => `${name}: fitted on ${fit.observations} returns`);
  for (const model of models) {
    const found = fit[model];
    if (found === null) continue;
    const own = garchRun(series, found).logLikelihood;
    recorder.figure(`${name}: log-likelihood of ${model}`, found.logLikelihood, own);
    for (const parameter of ['omega', 'alpha', 'gamma', 'beta'] as const) {
      for (const factor of [0.99, 1.01]) {
        const moved: GarchNumbers = { ...found, [parameter]: found[parameter] * factor };
        if (moved.alpha + moved.gamma / 2 + moved.beta >= 1) continue;
        recorder.expect(
          garchRun(series, moved).logLikelihood <= own + 1e-6,
          () => `${name}: ${model} is likelier with ${parameter} × ${factor}`,
        );
      }
    }
  }
}

/** Every method that has parameters, over every horizon. */
function checkVariances(
  recorder: CheckRecorder,
  name: string,
  series: readonly number[],
  { volatilities }: Made,
  fit: KnownFit | undefined,
): void {
  const published = new Map(volatilities.map((one) => [`${one.method} over ${one.horizonDays} days`, one.variance]));
  const compare = (method: string, days: number, own: number): void => {
    const what = `${method} over ${days} days`;
    recorder.figure(`${name}: ${what}`, published.get(what), own);
  };
  const ewma = nextEwma(series, lambda);
  for (const days of horizons) compare('ewma', days, ewma * days);
  for (const model of models) {
    const parameters = fit?.published[model] ?? null;
    if (parameters === null) continue;
    const { next } = garchRun(series, parameters);
    for (const days of horizons) compare(model, days, garchSum(next, parameters, days));
  }
  const squares = series.map((value) => value * value);
  const least = quietestMonth(squares);
  for (const [days, coefficients] of fit?.har ?? []) compare('har', days, harSum(squares, coefficients, days, least));
}
