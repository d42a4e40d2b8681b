import type { ForecastKind } from '@risk-budget/contracts';
import { ewmaVariance } from '@risk-budget/risk-math';
import type { Subject } from '../subjects/subject.js';
import { dccMatrices, ewmaMatrices, memberAbroad, residualsOf } from './correlation-estimate.js';
import { correlationSets, MOST_SUBJECTS } from './correlation-set.js';

const subject = (subjectId: string, currency: string, kind: ForecastKind = 'instrument'): Subject => ({
  ...{ kind, subjectId, currency },
  weights: new Map([[subjectId, 1]]),
});

/** As far as sets look at a portfolio. */
const holding = (currency: string, weights: Readonly<Record<string, number>>) => ({
  subject: { ...subject('P', currency, 'portfolio'), weights: new Map(Object.entries(weights)) },
});

const named = (sets: ReturnType<typeof correlationSets>) =>
  sets.map(({ setId, currency, subjects }) => [setId, currency, subjects.map(({ subjectId }) => subjectId)]);

describe('sets of correlations', () => {
  it('are one a currency, and one across currencies for what portfolios of a base currency hold', () => {
    const subjects = [subject('AAA', 'USD'), subject('BBB', 'USD'), subject('SAP', 'EUR'), subject('SIE', 'EUR')];
    const sets = correlationSets('XNYS', subjects, [
      holding('USD', { AAA: 0.5, SAP: 0.2 }),
      holding('EUR', { SIE: 1, SAP: 0.1 }),
      holding('USD', { BBB: 0.5 }),
    ]);
    expect(named(sets)).toEqual([
      ['XNYS-instrument-EUR', 'EUR', ['SAP', 'SIE']],
      ['XNYS-instrument-USD', 'USD', ['AAA', 'BBB']],
      ['XNYS-holdings-USD', 'USD', ['AAA', 'BBB', 'SAP']],
    ]);
  });

  it('across currencies hold the largest positions, and count the others', () => {
    const weights = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`I${100 + i}`, (i + 1) / 1000]));
    const subjects = Object.keys(weights).map((id, i) => subject(id, i === 59 ? 'EUR' : 'USD'));
    const across = correlationSets('XNYS', subjects, [holding('USD', weights)]).find(({ setId }) =>
      setId.includes('holdings'),
    );
    expect(across).toMatchObject({ leftOut: 60 - MOST_SUBJECTS });
    expect(across?.subjects.map(({ subjectId }) => subjectId)).toEqual(Object.keys(weights).slice(10));
  });
});

describe('a subject among others of another currency', () => {
  it('has the variances of its returns in theirs, in every matrix', () => {
    const series = (phase: number) => Float64Array.from({ length: 200 }, (_, t) => 0.01 * Math.sin(t * t + phase));
    const asOf = '2020-03-06T21:00:00.000Z';
    const members = [series(0), series(1)].map((returns) => memberAbroad(returns, { asOf }, 0.94));
    const { nextVariance } = ewmaVariance(series(1), { lambda: 0.94 });
    const matrices = [
      ...ewmaMatrices(members, 0.94),
      ...dccMatrices(members, residualsOf(members, 0.94), { a: 0.05, b: 0.9 }),
    ];
    expect(matrices).toHaveLength(6);
    for (const { horizonDays, variances, correlations } of matrices) {
      expect(variances[1]).toBeCloseTo(nextVariance * horizonDays, 15);
      expect(Math.abs(correlations[0] ?? NaN)).toBeLessThanOrEqual(1);
    }
  });

  it('that has not moved has no correlation: it is refused, not published as no number', () => {
    const moving = Float64Array.from({ length: 200 }, (_, t) => 0.01 * Math.sin(t * t));
    const asOf = '2020-03-06T21:00:00.000Z';
    const members = [moving, new Float64Array(200)].map((returns) => memberAbroad(returns, { asOf }, 0.94));
    expect(() => ewmaMatrices(members, 0.94)).toThrow(expect.objectContaining({ reason: 'outOfDomain' }));
  });
});
