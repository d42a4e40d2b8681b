import { forecastMade, forecastScored, type ForecastMade, type ForecastScored } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** What a loss counts one score later, by the policy that the service comes with. */
const discount = 0.98;
const combination = 'combination';

/** Discounted losses of a method so far. */
interface Standing {
  readonly loss: number;
  readonly count: number;
}

/**
 * The combination again: the mean of the other methods, each weighted by the inverse of its discounted mean QLIKE over all scores that had
 * been published when it was made, and all alike until each of them has one.
 */
export function checkCombinations(context: RunContext): Check[] {
  const check = new CheckRecorder('forecasts combined by inverse past loss, from the scores published before');
  const standings = new Map<string, Standing>();
  for (const event of inOrderOfTopic(context)) {
    if ('scored' in event) {
      for (const score of event.scored) remember(standings, event.kind, score);
      continue;
    }
    for (const made of event.forecasts) {
      const name = `${event.kind} ${made.subjectId} at ${event.madeAt}`;
      for (const days of new Set(made.volatilities.map(({ horizonDays }) => horizonDays))) {
        const all = made.volatilities.filter(({ horizonDays }) => horizonDays === days);
        const others = all.filter(({ method }) => method !== combination);
        const weights = weightsOf(others.map(({ method }) => standings.get(keyOf(event.kind, made, days, method))));
        const own = others.reduce((sum, { variance }, at) => sum + variance * (weights[at] ?? NaN), 0);
        const published = all.find(({ method }) => method === combination)?.variance;
        check.figure(`${name} over ${days} days`, published, own);
      }
    }
  }
  return [check.result()];
}

function inOrderOfTopic({ events }: RunContext): (ForecastMade | ForecastScored)[] {
  return [...events.of(forecastMade), ...events.of(forecastScored)]
    .sort((a, b) => a.order - b.order)
    .map(({ data }) => data);
}

function keyOf(kind: string, { subjectId }: { readonly subjectId: string }, days: number, method: string): string {
  return `${kind} ${subjectId} ${days} ${method}`;
}

function remember(standings: Map<string, Standing>, kind: string, score: ForecastScored['scored'][number]): void {
  for (const { method, qlike } of score.scores) {
    const key = keyOf(kind, score, score.horizonDays, method);
    const { loss, count } = standings.get(key) ?? { loss: 0, count: 0 };
    standings.set(key, { loss: discount * loss + Math.max(0, qlike), count: discount * count + 1 });
  }
}

function weightsOf(standings: readonly (Standing | undefined)[]): number[] {
  const means = standings.map((standing) => (standing === undefined ? NaN : standing.loss / standing.count));
  if (means.some(Number.isNaN)) return means.map(() => 1 / means.length);
  const faultless = means.some((mean) => mean === 0);
  const inverses = means.map((mean) => (faultless ? Number(mean === 0) : 1 / mean));
  const total = inverses.reduce((sum, inverse) => sum + inverse, 0);
  return inverses.map((inverse) => inverse / total);
}
