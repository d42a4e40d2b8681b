import { forecastMade, forecastScored, predictionMade } from '@risk-budget/contracts';
import { ownOutsideVariance } from '../evaluation/own-outside.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Forecasts from outside: told as their rule gives them from past closes, and scored beside ours when their days have passed. */
export function checkPredictions({ events, inputs }: RunContext): Check[] {
  const told = new CheckRecorder(
    'predictions from outside by their rule from past closes: none missing, none invented',
  );
  const scored = new CheckRecorder('predictions from outside scored once beside ours, when their horizon has passed');
  const { firstDay, lastDay, predictions } = inputs.world;
  const days = [...inputs.closes.keys()].filter((day) => day >= firstDay && day <= lastDay);
  const published = publishedUpTo(events, lastDay);
  const scores = scoresByDay(events);
  for (const vendor of predictions) {
    for (const [at, day] of days.entries()) {
      const daily = ownOutsideVariance(vendor, inputs.closes, day);
      for (const horizon of vendor.horizonsDays) {
        const name = nameOf(vendor.source, vendor.subjectId, day, horizon);
        told.figure(name, published.get(name), daily * horizon);
        published.delete(name);
        const found = scores.get(name) ?? [];
        const wanted = at + horizon < days.length ? 1 : 0;
        scored.expect(found.length === wanted, () => `${name}: scored ${found.length} times, ${wanted} expected`);
        for (const variance of found) scored.figure(`${name}: variance`, variance, daily * horizon);
      }
    }
  }
  for (const invented of published.keys()) told.expect(false, () => `${invented}: nobody has said so`);
  return [told.result(), scored.result()];
}

function nameOf(source: string, subjectId: string, day: string, horizonDays: number): string {
  return `${source} on ${subjectId} after ${day} over ${horizonDays} days`;
}

/** Variances told by the end of a day. */
function publishedUpTo(events: RunContext['events'], lastDay: string): Map<string, number | null> {
  const published = new Map<string, number | null>();
  for (const { data } of events.of(predictionMade)) {
    const { source, subjectId, madeAt, horizonDays, forecast } = data;
    const day = madeAt.slice(0, 10);
    if (day > lastDay) continue;
    const variance = forecast.target === 'volatility' ? forecast.variance : null;
    published.set(nameOf(source, subjectId, day, horizonDays), variance);
  }
  return published;
}

/** Variances of markets that were scored, by method and the day of the forecast beside them. */
function scoresByDay(events: RunContext['events']): Map<string, number[]> {
  const days = new Map<string, string>();
  for (const { data } of events.of(forecastMade)) {
    for (const { forecastId, asOf } of data.forecasts) days.set(forecastId, asOf.slice(0, 10));
  }
  const variances = new Map<string, number[]>();
  for (const { data } of events.of(forecastScored)) {
    if (data.kind !== 'market') continue;
    for (const { forecastId, subjectId, horizonDays, scores } of data.scored) {
      for (const { method, variance } of scores) {
        const name = nameOf(method, subjectId, days.get(forecastId) ?? '', horizonDays);
        variances.set(name, [...(variances.get(name) ?? []), variance]);
      }
    }
  }
  return variances;
}
