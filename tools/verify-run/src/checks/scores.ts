import { forecastMade, forecastScored, type ForecastMade, type ForecastScored } from '@risk-budget/contracts';
import { OwnSubjects, type SubjectReturns, type SubjectWeights } from '../evaluation/own-subjects.js';
import { qlikeLoss } from '../numerics/variance-models.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

type Made = ForecastMade['forecasts'][number];
type Scored = ForecastScored['scored'][number];

interface Remembered {
  readonly made: Made;
  readonly weights: SubjectWeights | undefined;
}

/** Every forecast scored once, by the returns that its own weights had on its days. */
export function checkScores(context: RunContext): Check[] {
  const scores = new CheckRecorder('forecasts scored once: realised variance, QLIKE and squared error');
  const subjects = new OwnSubjects(context);
  const remembered = new Map<string, Remembered>();
  for (const { data, publishedAt } of context.events.of(forecastMade)) {
    for (const made of data.forecasts) {
      const weights = subjects.weights(data.kind, made.subjectId, data.madeAt, publishedAt);
      remembered.set(made.forecastId, { made, weights });
    }
  }
  const seen = new Set<string>();
  for (const { data } of context.events.of(forecastScored)) {
    for (const score of data.scored) {
      const key = `${score.forecastId} over ${score.horizonDays} days`;
      scores.expect(!seen.has(key), () => `${key} was scored twice`);
      seen.add(key);
      const known = remembered.get(score.forecastId);
      scores.expect(known !== undefined, () => `${key} was never made`);
      if (known === undefined) continue;
      const returns = known.weights && subjects.returns(known.weights, data.scoredAt);
      checkScore(scores, key, score, known.made, returns);
    }
  }
  return [scores.result()];
}

function checkScore(
  recorder: CheckRecorder,
  key: string,
  { horizonDays, windowEnd, realisedVariance, realisedReturn, scores }: Scored,
  { asOf, volatilities }: Made,
  returns: SubjectReturns | undefined,
): void {
  if (returns !== undefined) {
    const days = returns.dates.flatMap((date, t) => (date > asOf.slice(0, 10) && date <= windowEnd ? [t] : []));
    recorder.expect(days.length === horizonDays, () => `${key}: ${days.length} days lie in its window`);
    const own = days.map((t) => returns.series[t] ?? NaN);
    const squares = own.reduce((total, value) => total + value ** 2, 0);
    recorder.figure(`${key}: realised variance`, realisedVariance, squares);
    const sum = own.reduce((total, value) => total + value, 0);
    recorder.figure(`${key}: realised return`, realisedReturn, sum, Math.sqrt(squares));
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
