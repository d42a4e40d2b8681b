import { randomUUID } from 'node:crypto';
import { championChanged, forecastMade, forecastScored, type ChampionChanged } from '@risk-budget/contracts';
import { checkChampions } from '../src/checks/champions.js';
import { contextOf } from '../src/checks/context.js';
import { noFindings } from '../src/inputs/rest-findings.js';
import { run } from './corrupted.js';
import { forecastPolicy } from './synthetic/accuracy.js';
import { benchmarkId, Recorder } from './synthetic/recorder.js';

const policy = {
  ...forecastPolicy,
  lossDiscount: 0.9,
  champion: { minimumObservations: 5, margin: 0.1, dwellDays: 4 },
};
const days = [...run.inputs.closes.keys()].slice(0, 20);
const timeOf = (day: string | undefined) => `${day ?? ''}T21:30:00.000Z`;

/** Losses of a day: at first garch is half as bad as ewma, from the ninth day on far worse. */
const lossesOn = (day: number) => ({ ewma: 1, garch: day < 8 ? 0.5 : 3, har: 0.97, oracle: 0.01 });

/** Discounted mean losses after so many days, by plain sums. */
function lossesAfter(count: number): ChampionChanged['losses'] {
  const sums = new Map<string, { loss: number; weight: number }>();
  for (let day = 0; day < count; day++) {
    for (const [method, loss] of Object.entries(lossesOn(day))) {
      const weight = 0.9 ** (count - 1 - day);
      const before = sums.get(method) ?? { loss: 0, weight: 0 };
      sums.set(method, { loss: before.loss + weight * loss, weight: before.weight + weight });
    }
  }
  return [...sums]
    .filter(([method]) => method !== 'oracle')
    .map(([method, { loss, weight }]) => ({ method, loss: loss / weight, observations: count }));
}

/** By the policy garch takes over on the fifth day, and har as soon as garch has become bad enough. */
const rightChanges = [
  { day: 4, from: 'ewma', to: 'garch' },
  { day: 9, from: 'garch', to: 'har' },
];

interface Changed {
  readonly day: number;
  readonly from: string;
  readonly to: string;
}

/** What is said against a run with these changes. */
function failuresOf(
  changes: readonly Changed[],
  {
    champion,
    edit = (one) => one,
    policies = [policy],
  }: {
    readonly champion?: (day: number) => string;
    readonly edit?: (one: ChampionChanged) => ChampionChanged;
    readonly policies?: readonly (typeof policy)[];
  } = {},
): readonly string[] {
  const recorder = new Recorder(run.inputs);
  let inForce = 'ewma';
  for (const [day, date] of days.entries()) {
    const scoredAt = timeOf(date);
    const change = changes.find((one) => one.day === day);
    if (change !== undefined) {
      inForce = change.to;
      const { from, to } = change;
      const data = edit({
        ...{ kind: 'market', subjectId: benchmarkId, at: scoredAt, from, to, policyVersion: 1, reason: 'better' },
        losses: lossesAfter(day + 1),
      });
      recorder.publish(championChanged, '/risk-budget/forecasting', scoredAt, data);
    }
    const scores = Object.entries(lossesOn(day)).map(([method, qlike]) => ({
      method,
      qlike,
      variance: 1,
      squaredError: 0,
    }));
    recorder.publish(forecastScored, '/risk-budget/forecasting', scoredAt, {
      ...{ kind: 'market', scoredAt, codeVersion: 'test' },
      scored: [1, 5].map((horizonDays) => ({
        ...{ forecastId: randomUUID(), subjectId: benchmarkId, horizonDays, windowEnd: date, overlapping: false },
        // Over five days all is otherwise, and does not count.
        ...{
          realisedVariance: 1,
          realisedReturn: 0,
          scores: scores.map((one) => ({ ...one, qlike: horizonDays === 1 ? one.qlike : 9 - one.qlike })),
        },
      })),
    });
    recorder.publish(forecastMade, '/risk-budget/forecasting', scoredAt, {
      ...{ kind: 'market', madeAt: scoredAt, policyVersion: 1, codeVersion: 'test' },
      forecasts: [
        {
          ...{ forecastId: randomUUID(), subjectId: benchmarkId, currency: 'USD', asOf: scoredAt },
          champion: champion?.(day) ?? inForce,
          volatilities: ['ewma', 'garch', 'har'].map((method) => ({
            method,
            horizonDays: 1,
            variance: 1,
            volatilityAnnual: 16,
          })),
        },
      ],
    });
  }
  const context = contextOf(run.inputs, recorder.events(), { ...noFindings, forecastPolicies: policies });
  return checkChampions(context).flatMap(({ failures }) => failures);
}

describe('the verification of champions', () => {
  it('passes one who changes when the policy says so', () => {
    expect(failuresOf(rightChanges)).toEqual([]);
  });

  it('fails on a change that is missing, too early, too late or to another method', () => {
    const [first, second] = rightChanges;
    if (first === undefined || second === undefined) throw new Error('there are no two changes');
    expect(failuresOf([first])).not.toEqual([]);
    expect(failuresOf([])).not.toEqual([]);
    expect(failuresOf([{ ...first, day: 3 }, second])).not.toEqual([]);
    expect(failuresOf([{ ...first, day: 5 }, second])).not.toEqual([]);
    expect(failuresOf([first, { ...second, day: 8 }])).not.toEqual([]);
    expect(failuresOf([{ ...first, to: 'har' }, second])).not.toEqual([]);
    expect(failuresOf([{ ...first, to: 'oracle' }, second])).not.toEqual([]);
    expect(failuresOf([first, { ...second, to: 'ewma' }])).not.toEqual([]);
  });

  it('fails on a change that says another champion, another policy or other losses than it was made by', () => {
    expect(failuresOf(rightChanges, { edit: (one) => ({ ...one, from: 'har' }) })).toHaveLength(2);
    expect(failuresOf(rightChanges, { edit: (one) => ({ ...one, policyVersion: 2 }) })).toHaveLength(2);
    expect(failuresOf(rightChanges, { edit: (one) => ({ ...one, losses: one.losses.slice(1) }) })).toHaveLength(2);
    const off = (one: ChampionChanged) => ({
      ...one,
      losses: one.losses.map((loss, at) => (at === 0 ? { ...loss, loss: loss.loss * (1 + 1e-6) } : loss)),
    });
    expect(failuresOf(rightChanges, { edit: off })).toHaveLength(2);
    const fewer = (one: ChampionChanged) => ({
      ...one,
      losses: one.losses.map((loss) => ({ ...loss, observations: 4 })),
    });
    expect(failuresOf(rightChanges, { edit: fewer })).toHaveLength(6);
  });

  it('fails on a forecast that names another champion than the one in force', () => {
    expect(
      failuresOf(rightChanges, {
        champion: (day) => (day === 12 ? 'garch' : day < 4 ? 'ewma' : day < 9 ? 'garch' : 'har'),
      }),
    ).toHaveLength(1);
  });

  it('fails where nobody was asked by which policy, and goes by the newest in force', () => {
    expect(failuresOf(rightChanges, { policies: [] })).toContain('nobody was asked by which policy');
    const stricter = {
      ...policy,
      version: 2,
      effectiveFrom: timeOf(days[6]),
      champion: { ...policy.champion, margin: 0.9 },
    };
    expect(failuresOf(rightChanges.slice(0, 1), { policies: [stricter, policy] })).toEqual([]);
  });
});
