import {
  benchmarkStated,
  forecastMade,
  forecastScored,
  type ForecastMade,
  type ForecastScored,
} from '@risk-budget/contracts';
import { garchRun, garchSum, nextEwma, qlikeLoss, type GarchNumbers } from '../numerics/variance-models.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

type Made = ForecastMade['forecasts'][number];
type Scored = ForecastScored['scored'][number];

/** Window, history and decay of the policy that the service comes with. */
const windowDays = 1000;
const minimumHistory = 250;
const lambda = 0.94;
const models = ['garch', 'gjr'] as const;

/**
 * Forecasts of instruments and markets again from the bars as they were known when they were made: what used a later day would not agree.
 * Likelihoods at the parameters published, which no step of a hundredth may raise; scores by the returns of their days, each once.
 */
export function checkForecasts(context: RunContext): Check[] {
  const likelihoods = new CheckRecorder('GARCH and GJR: the likelihood published, and none higher nearby');
  const variances = new CheckRecorder('forecasts by EWMA, GARCH and GJR from bars known at the time');
  const fits = new Map<string, NonNullable<Made['fit']>>();
  for (const { data } of context.events.of(forecastMade)) {
    const returns = returnsOf(context, data.kind, data.madeAt);
    for (const made of data.forecasts) {
      if (made.fit !== undefined && made.fitId !== undefined) fits.set(made.fitId, made.fit);
      const series = returns(made.subjectId)?.series;
      if (series === undefined) continue;
      const name = `${data.kind} ${made.subjectId} at ${data.madeAt}`;
      if (made.fit !== undefined) checkLikelihoods(likelihoods, name, series, made.fit);
      checkVariances(variances, name, series, made, fits.get(made.fitId ?? ''));
    }
  }
  return [likelihoods.result(), variances.result(), checkScores(context)];
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

function checkVariances(
  recorder: CheckRecorder,
  name: string,
  series: readonly number[],
  { volatilities }: Made,
  fit: Made['fit'],
): void {
  const ewma = nextEwma(series, lambda);
  const known = models.flatMap((model) => {
    const parameters = fit?.[model] ?? null;
    return parameters === null ? [] : [{ model, parameters, next: garchRun(series, parameters).next }];
  });
  for (const { method, horizonDays, variance } of volatilities) {
    const what = `${name}: ${method} over ${horizonDays} days`;
    if (method === 'ewma') recorder.figure(what, variance, ewma * horizonDays);
    for (const { model, parameters, next } of known) {
      if (method === model) recorder.figure(what, variance, garchSum(next, parameters, horizonDays));
    }
  }
}

function checkScores(context: RunContext): Check {
  const scores = new CheckRecorder('forecasts scored once: realised variance, QLIKE and squared error');
  const made = new Map<string, Made>();
  for (const { data } of context.events.of(forecastMade)) {
    for (const one of data.forecasts) made.set(one.forecastId, one);
  }
  const seen = new Set<string>();
  for (const { data } of context.events.of(forecastScored)) {
    const returns = returnsOf(context, data.kind, data.scoredAt);
    for (const score of data.scored) {
      const key = `${score.forecastId} over ${score.horizonDays} days`;
      scores.expect(!seen.has(key), () => `${key} was scored twice`);
      seen.add(key);
      const forecast = made.get(score.forecastId);
      scores.expect(forecast !== undefined, () => `${key} was never made`);
      if (forecast !== undefined) checkScore(scores, key, score, forecast, returns(score.subjectId));
    }
  }
  return scores.result();
}

function checkScore(
  recorder: CheckRecorder,
  key: string,
  { horizonDays, windowEnd, realisedVariance, scores }: Scored,
  { asOf, volatilities }: Made,
  returns: { readonly dates: readonly string[]; readonly series: readonly number[] } | undefined,
): void {
  if (returns !== undefined) {
    const days = returns.dates.flatMap((date, t) => (date > asOf.slice(0, 10) && date <= windowEnd ? [t] : []));
    recorder.expect(days.length === horizonDays, () => `${key}: ${days.length} days lie in its window`);
    const own = days.reduce((total, t) => total + (returns.series[t] ?? 0) ** 2, 0);
    recorder.figure(`${key}: realised variance`, realisedVariance, own);
  }
  for (const { method, variance, qlike, squaredError } of scores) {
    const forecast = volatilities.find((one) => one.method === method && one.horizonDays === horizonDays);
    if (forecast !== undefined) {
      recorder.expect(variance === forecast.variance, () => `${key}: ${method} forecast ${forecast.variance}`);
    }
    recorder.figure(`${key}: QLIKE of ${method}`, qlike, qlikeLoss(realisedVariance, variance));
    recorder.figure(`${key}: squared error of ${method}`, squaredError, (realisedVariance - variance) ** 2);
  }
}

/** Returns of instruments and of markets that are a series, as known at a moment; undefined for other subjects. */
function returnsOf(
  context: RunContext,
  kind: ForecastMade['kind'],
  end: string,
): (subjectId: string) => { readonly dates: readonly string[]; readonly series: readonly number[] } | undefined {
  const markets = new Map(
    context.events
      .of(benchmarkStated)
      .flatMap(({ data }) => (data.kind === 'series' ? [[data.benchmarkId, data.instrumentId] as const] : [])),
  );
  const instrumentIds = [...context.market.instruments.values()]
    .filter(({ knownAt }) => knownAt <= end)
    .map(({ data }) => data.instrumentId)
    .sort();
  const own = context.returns.get({ instrumentIds, end, days: windowDays, minimumHistory });
  return (subjectId) => {
    const instrumentId = kind === 'instrument' ? subjectId : kind === 'market' ? markets.get(subjectId) : undefined;
    const column = instrumentId === undefined ? -1 : instrumentIds.indexOf(instrumentId);
    return column < 0 ? undefined : { dates: own.dates, series: own.values.map((row) => row[column] ?? 0) };
  };
}
