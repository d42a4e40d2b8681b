import {
  correlationsForecast,
  correlationsScored,
  forecastMade,
  forecastScored,
  regimeEstimated,
  regimesScored,
} from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';
import { accuracyHorizons, type AccuracyFinding } from '../inputs/forecast-findings.js';

type Means = Readonly<Record<string, number>>;

/** What was published of one method at one score. */
export interface MethodScore {
  readonly method: string;
  /** What is judged by, lower is better. */
  readonly loss: number;
  /** Of which the mean is told. */
  readonly means: Means;
  readonly variance?: number;
}

/** One forecast beside what happened. */
export interface Score {
  readonly asOf: string;
  readonly windowEnd: string;
  readonly overlapping: boolean;
  readonly realisedVariance?: number;
  readonly realisedReturn?: number;
  readonly scores: readonly MethodScore[];
}

/** By what they are of and {@link scoresKey}, in the order in which they were published. */
export function publishedScores(events: RunEvents): Readonly<Record<AccuracyFinding['of'], ScoresByName>> {
  return { volatility: ofVolatility(events), correlations: ofCorrelations(events), regimes: ofRegimes(events) };
}

export function scoresKey(name: string, horizonDays: number): string {
  return `${name} over ${horizonDays} days`;
}

type ScoresByName = Map<string, Score[]>;

function add(to: ScoresByName, key: string, horizonDays: number, score: Score): void {
  if (!(accuracyHorizons as readonly number[]).includes(horizonDays)) return;
  const whole = scoresKey(key, horizonDays);
  to.set(whole, [...(to.get(whole) ?? []), score]);
}

function ofVolatility(events: RunEvents): ScoresByName {
  const made = new Map<string, string>();
  for (const { data } of events.of(forecastMade)) {
    for (const { forecastId, asOf } of data.forecasts) made.set(forecastId, asOf.slice(0, 10));
  }
  const found: ScoresByName = new Map();
  for (const { data } of events.of(forecastScored)) {
    for (const { forecastId, subjectId, horizonDays, scores, ...score } of data.scored) {
      add(found, `${data.kind} ${subjectId}`, horizonDays, {
        ...score,
        asOf: made.get(forecastId) ?? '',
        scores: scores.map(({ method, qlike, squaredError, variance }) => ({
          ...{ method, loss: qlike, variance },
          means: { meanQlike: qlike, meanSquaredError: squaredError, meanForecastVariance: variance },
        })),
      });
    }
  }
  return found;
}

function ofCorrelations(events: RunEvents): ScoresByName {
  const made = new Map(events.of(correlationsForecast).map(({ data }) => [data.forecastId, data.asOf.slice(0, 10)]));
  const found: ScoresByName = new Map();
  for (const { data } of events.of(correlationsScored)) {
    for (const { forecastId, horizonDays, scores, ...score } of data.scored) {
      add(found, data.setId, horizonDays, {
        ...score,
        asOf: made.get(forecastId) ?? '',
        scores: scores.map(({ method, qlike, squaredError }) => ({
          ...{ method, loss: qlike },
          means: { meanQlike: qlike, meanSquaredError: squaredError },
        })),
      });
    }
  }
  return found;
}

function ofRegimes(events: RunEvents): ScoresByName {
  const made = new Map(events.of(regimeEstimated).map(({ data }) => [data.regimeId, data.asOf.slice(0, 10)]));
  const found: ScoresByName = new Map();
  for (const { data } of events.of(regimesScored)) {
    for (const { regimeId, states, horizonDays, windowEnd, scores } of data.scored) {
      add(found, `${data.subjectId} in ${states} states`, horizonDays, {
        ...{ asOf: made.get(regimeId) ?? '', windowEnd, overlapping: false },
        scores: scores.map(({ method, logScore }) => ({ method, loss: -logScore, means: { meanLogScore: logScore } })),
      });
    }
  }
  return found;
}
