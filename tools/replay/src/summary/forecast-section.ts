import type { ReplayResult } from '../replay.js';
import { percent, table } from './format.js';
import type { LossRecord, RegimeRecord, ScoreRecord } from './run-record.js';

const daysAYear = 252;
/** Of the normal distribution, one-sided. */
const quantiles = [
  ['95 %', 1.6448536269514722],
  ['99 %', 2.3263478740408408],
] as const;

/** Forecasts of markets and portfolios beside what happened, days by regime, and exceptions of value at risk. */
export function forecastSection({ run, script }: ReplayResult): string[] {
  if (run.scores.length === 0) return ['Forecasts against realised', '  none was scored'];
  const outside = new Set(script.world.predictions.map(({ source }) => source));
  const groups = new Map<string, ScoreRecord[]>();
  for (const score of run.scores) {
    const key = `${score.subject}|${score.horizonDays}|${score.method}`;
    groups.set(key, [...(groups.get(key) ?? []), score]);
  }
  const rows = [...groups].map(([key, scores]) => {
    const [subject = '', horizon = '', method = ''] = key.split('|');
    return {
      key: `${subject} ${horizon.padStart(3)} ${method}`,
      cells: [
        ...[subject, horizon, outside.has(method) ? `${method} (outside)` : method, String(scores.length)],
        annual(scores, ({ variance }) => variance),
        annual(scores, ({ realisedVariance }) => realisedVariance),
        mean(scores.map(({ qlike }) => qlike)).toFixed(3),
        ...quantiles.map(([, quantile]) => (horizon === '1' ? String(exceptions(scores, quantile)) : '')),
      ],
    };
  });
  const head = [
    'subject',
    'days',
    'method',
    'scores',
    'forecast',
    'realised',
    'QLIKE',
    ...quantiles.map(([level]) => `beyond ${level}`),
  ];
  return [
    'Forecasts against realised: root mean variance, annual; days whose loss was beyond normal value at risk',
    ...table([head, ...rows.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ cells }) => cells)]),
    ...lossTable('Correlations against realised: mean QLIKE of the covariances, a subject', run.correlationLosses),
    ...lossTable('Regimes against realised: mean negative logarithmic score of the day', run.regimeLosses),
    ...regimeLines(run.regimes),
    ...run.championChanges.map(
      ({ kind, subjectId, at, from, to }) => `  ${kind} ${subjectId}: ${to} for ${from} on ${at.slice(0, 10)}`,
    ),
    `  champions changed: ${run.championChanges.length}`,
  ];
}

/** Mean losses by subject and horizon, a column a method, the reference first. */
function lossTable(title: string, losses: readonly LossRecord[]): string[] {
  if (losses.length === 0) return [];
  const methods = [...new Set(losses.map(({ method }) => method))];
  const rows = new Map<string, LossRecord[]>();
  for (const one of losses) {
    const key = `${one.subject}|${String(one.horizonDays).padStart(3)}`;
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const [subject = '', horizon = ''] = key.split('|');
      const by = methods.map((method) => own.filter((one) => one.method === method).map(({ loss }) => loss));
      const scores = String(Math.max(...by.map(({ length }) => length)));
      return [subject, horizon.trim(), scores, ...by.map((all) => (all.length === 0 ? '' : mean(all).toFixed(3)))];
    });
  return [title, ...table([['subject', 'days', 'scores', ...methods], ...lines])];
}

function annual(scores: readonly ScoreRecord[], of: (score: ScoreRecord) => number): string {
  return percent(Math.sqrt(daysAYear * mean(scores.map((score) => of(score) / score.horizonDays))));
}

function exceptions(scores: readonly ScoreRecord[], quantile: number): number {
  return scores.filter(({ realisedReturn, variance }) => -realisedReturn > quantile * Math.sqrt(variance)).length;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function regimeLines(regimes: readonly RegimeRecord[]): string[] {
  const days = new Map<string, number[]>();
  for (const { subjectId, states, mostLikely } of regimes) {
    const key = `${subjectId}, ${states} states`;
    const counts = days.get(key) ?? Array.from({ length: states }, () => 0);
    counts[mostLikely] = (counts[mostLikely] ?? 0) + 1;
    days.set(key, counts);
  }
  return [...days]
    .sort()
    .map(([key, counts]) => `  days by most likely regime of ${key}, the calmest first: ${counts.join(', ')}`);
}
