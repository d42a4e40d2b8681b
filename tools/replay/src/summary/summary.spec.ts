import { randomUUID } from 'node:crypto';
import type { Breach } from '@risk-budget/contracts';
import { sampleDataDir, type ReplayResult } from '../replay.js';
import { readScript } from '../script/script.js';
import { figure, percent, table, whole } from './format.js';
import type { LossRecord, ScoreRecord, StressRecord } from './run-record.js';
import { renderSummary } from './summary.js';

/** What a day did to the volatility, against a budget of 15 %. */
function explained(day: string, from: number, to: number): ReplayResult['run']['explanations'][number] {
  return {
    explanationId: randomUUID(),
    ...{ portfolioId: 'GLOBAL-CORE', cause: 'schedule', breachId: null, limitId: null, transition: null },
    ...{ asOf: `${day}T22:00:00.000Z`, measure: 'volatility', nodeId: 'portfolio', quantity: 'utilization' },
    ...{ fromSnapshotId: randomUUID(), fromAsOf: null, from, budgetFrom: 0.15 },
    ...{ toSnapshotId: randomUUID(), toAsOf: `${day}T21:15:00.000Z`, to, budgetTo: 0.15 },
    effects: [
      { effect: 'prices', value: 0.01 },
      { effect: 'volatilities', value: to - from - 0.01 },
    ],
    contributors: [{ nodeId: 'leaf:growth/AAPL', contribution: 0.4, share: 0.4 / to }],
    codeVersion: 'test',
  };
}

const scored = (method: string, variance: number, realisedReturn: number): ScoreRecord => ({
  subject: 'market SP500',
  horizonDays: 1,
  method,
  variance,
  qlike: 0.5,
  realisedVariance: realisedReturn ** 2,
  realisedReturn,
});

/** A run of which little is known, with ids and times of its own. */
function result(): ReplayResult {
  const breachId = randomUUID();
  const opened: Breach = {
    breachId,
    portfolioId: 'GLOBAL-CORE',
    limitId: 'core-volatility-soft',
    limitVersion: 1,
    severity: 'soft',
    transition: 'opened',
    state: 'open',
    nature: 'passive',
    at: '2020-03-12T21:15:00.000Z',
    openedAt: '2020-03-12T21:15:00.000Z',
    snapshotId: randomUUID(),
    value: 0.16,
    bound: 0.15,
    worstValue: 0.16,
    nodeId: 'portfolio',
    escalationStep: 0,
    by: null,
    reason: null,
    waiverExpiresAt: null,
    remediation: null,
  };
  return {
    script: readScript(sampleDataDir),
    days: ['2020-01-02', '2020-06-30'],
    desk: [],
    breaches: new Map([[breachId, { breachId, state: 'open', value: 0.18, worstValue: 0.2 }]]),
    run: {
      plans: [],
      rebalancing: [],
      snapshots: [],
      alerts: [],
      limits: [],
      stress: [
        stressed('2020-03-09T21:30:00.000Z', 0.41),
        stressed('2020-03-10T21:30:00.000Z', 0.47),
        stressed('2020-03-11T21:30:00.000Z', 0.44),
      ],
      scores: [
        scored('ewma', 1e-4, -0.02),
        scored('ewma', 1e-4, 0.01),
        scored('garch', 4e-4, -0.02),
        scored('outlook', 4e-4, -0.02),
      ],
      regimes: [
        { subjectId: 'SP500', states: 2, mostLikely: 0, asOf: '2020-03-09T21:00:00.000Z' },
        { subjectId: 'SP500', states: 2, mostLikely: 1, asOf: '2020-03-10T21:00:00.000Z' },
        { subjectId: 'SP500', states: 2, mostLikely: 1, asOf: '2020-03-11T21:00:00.000Z' },
      ],
      correlationLosses: [loss('XNYS-instrument-USD', 'ewma', -8), loss('XNYS-instrument-USD', 'dcc', -8.5)],
      regimeLosses: [loss('SP500, 2 states', 'stationary', -3), loss('SP500, 2 states', 'stationary', -2)],
      championChanges: [],
      breaches: [opened],
      explanations: [explained('2020-03-11', 0.7, 0.8), explained('2020-03-12', 0.8, 1.1)],
      notifications: 0,
      lastModel: undefined,
      models: [],
      parked: [],
      eventsByTopic: new Map([
        ['events/limits.breaches', 1],
        ['events/platform.clock-reached', Math.round(1000 * Math.random())],
      ]),
    },
    speed: {
      historySeconds: Math.random(),
      replaySeconds: Math.random(),
      days: 2,
      slowestDay: { date: '2020-01-02', seconds: Math.random() },
      steps: new Map([['bars', { count: 2, seconds: Math.random() }]]),
    },
  };
}

function loss(subject: string, method: string, of: number): LossRecord {
  return { subject, horizonDays: 5, method, loss: of };
}

function stressed(asOf: string, loss: number): StressRecord {
  return {
    portfolioId: 'GLOBAL-CORE',
    asOf,
    leftOut: ['rates-2022'],
    problems: [],
    scenarios: [
      { scenarioId: 'gulf-1990', scenarioName: 'Gulf crisis 1990', proxiedShare: 0 },
      { scenarioId: 'credit-2007', scenarioName: 'Credit crisis 2007–09', proxiedShare: 0.021 },
    ],
    nodes: [{ nodeId: 'strategy:growth', losses: [0.05, loss] }],
  };
}

describe('the summary', () => {
  it('tells forecasts beside what happened, days beyond value at risk, and days by regime', () => {
    const text = renderSummary(result());
    expect(text).toMatch(/market SP500 +1 +ewma +2 +15\.87 % +25\.10 % +0\.500 +1 +0/);
    expect(text).toMatch(/market SP500 +1 +garch +1 +31\.75 % +31\.75 % +0\.500 +0 +0/);
    expect(text).toMatch(/market SP500 +1 +outlook \(outside\) +1 +31\.75 %/);
    expect(text).toContain('SP500, 2 states, the calmest first: 1, 2');
    expect(text).toMatch(/subject +days +scores +ewma +dcc\n +XNYS-instrument-USD +5 +1 +-8\.000 +-8\.500/);
    expect(text).toMatch(/SP500, 2 states +5 +2 +-2\.500/);
  });

  it('tells the worst stress of each node, with the day and the scenario', () => {
    const text = renderSummary(result());
    expect(text).toMatch(/GLOBAL-CORE +growth +47\.00 % +Credit crisis 2007–09 +2020-03-10/);
    expect(text).toContain('on the last day 2 scenarios; not known yet: rates-2022; without figures: none');
    expect(text).toContain('stood on a proxy: 2.1 %');
  });

  it('is the same text for two runs, up to ids and wall times', () => {
    const [first, second] = [result(), result()].map((run) => renderSummary(run).split('Ids and wall times'));
    expect(first).toHaveLength(2);
    expect(first?.[0]).toBe(second?.[0]);
    expect(first?.[1]).not.toBe(second?.[1]);
  });

  it('tells the life of a breach and where it stands', () => {
    const text = renderSummary(result());
    expect(text).toContain('core-volatility-soft, soft');
    expect(text).toContain('worst 20.00 %; open on 2020-06-30 at 18.00 %');
    expect(text).toContain('2020-03-12 21:15  opened, passive');
  });
});

describe('the worst day', () => {
  it('is the one on which the volatility rose most, with what explains it and who carries it', () => {
    const text = renderSummary(result());
    expect(text).toContain('Explained changes: 0 at breaches, 2 from close to close');
    expect(text).toContain('Worst day of GLOBAL-CORE: 2020-03-12, volatility from 80.00 % to 110.00 % of its budget');
    expect(text).toMatch(/volatilities +29\.00 %\n +prices +1\.00 %/);
    expect(text).toMatch(/growth\/AAPL +40\.00 % +36\.4 %/);
  });
});

describe('figures in text', () => {
  it('carry their unit', () => {
    expect(percent(0.12345)).toBe('12.35 %');
    expect(whole(94_812_345.4)).toBe('94,812,345');
    expect(figure('beta', 0.987)).toBe('0.99');
    expect(figure('volatility', 0.2)).toBe('20.00 %');
  });

  it('stand in columns, numbers to the right', () => {
    expect(
      table(
        [
          ['name', 'use'],
          ['growth', '9.0 %'],
          ['value', '101.0 %'],
        ],
        '',
      ),
    ).toEqual(['name    use', 'growth    9.0 %', 'value   101.0 %']);
  });
});
