import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { inverseVolatility } from '../allocation/target-weights.js';
import { sampleCovariance } from '../covariance/sample.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, createReturns } from '../model/returns.js';
import { walkForward } from './walk-forward.js';

const expected = golden<{
  readonly trainingDays: number;
  readonly testDays: number;
  readonly costRate: number;
  readonly dailyReturns: number[];
  readonly turnover: number;
  readonly cost: number;
  readonly skfolio: number[];
}>('walk-forward/fixtures/walk-forward.json');
const { trainingDays, testDays, costRate } = expected;
const returns = shareReturns();
const byVolatility = (training: Returns): Float64Array =>
  inverseVolatility({ covariance: sampleCovariance(training) }).weights;
const equal = ({ assets }: Returns): Float64Array => new Float64Array(assets).fill(1 / assets);

describe('a walk forward', () => {
  it('with drift and costs agrees with the same written out in NumPy', () => {
    const result = walkForward({ returns, trainingDays, testDays, costRate }, byVolatility);
    expect(seen('Walk forward', relativeDifference(result.dailyReturns, expected.dailyReturns))).toBeLessThan(1e-12);
    expect(seen('Walk forward', result.turnover - expected.turnover)).toBeLessThan(1e-12);
    expect(result.cost).toBeCloseTo(expected.cost, 14);
    expect(sum(result.refits.map(({ turnover }) => turnover))).toBeCloseTo(result.turnover, 12);
  });

  it('brought back every day agrees with skfolio, which tests whole periods only', () => {
    const { dailyReturns } = walkForward({ returns, trainingDays, testDays, between: 'rebalance' }, byVolatility);
    expect(
      seen('Walk forward', relativeDifference(dailyReturns.slice(0, expected.skfolio.length), expected.skfolio)),
    ).toBeLessThan(1e-12);
  });

  it('decides on nothing but the days before: later returns change no earlier weight or return', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 25, max: 59 }), (seed, day) => {
        const some = seededReturns(seed, 60, 3);
        const changed = createReturns(
          some.values.map((value, k) => (k >= day * 3 ? value * -2 : value)),
          60,
          3,
          some.ids,
        );
        const problem = { trainingDays: 20, testDays: 5, purgedDays: 2, costRate: 1e-3 };
        const before = walkForward({ ...problem, returns: some }, byVolatility);
        const after = walkForward({ ...problem, returns: changed }, byVolatility);
        const tested = Math.max(0, day - before.firstDay);
        expect(Array.from(after.dailyReturns.slice(0, tested))).toEqual(
          Array.from(before.dailyReturns.slice(0, tested)),
        );
        before.refits.forEach((refit, k) => {
          if (refit.from <= day) expect(Array.from(after.refits[k]!.weights)).toEqual(Array.from(refit.weights));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives each decision its window, expanding or not, purged days left out', () => {
    const windows: [number, number][] = [];
    const problem = { returns: seededReturns(1, 50, 2), trainingDays: 20, testDays: 10, purgedDays: 3 };
    walkForward(problem, (training, { from, to }) => {
      expect(training.observations).toBe(to - from);
      windows.push([from, to]);
      return equal(training);
    });
    expect(windows).toEqual([
      [0, 20],
      [10, 30],
      [20, 40],
    ]);
    windows.length = 0;
    walkForward({ ...problem, expanding: true }, (training, { from, to }) => {
      windows.push([from, to]);
      return equal(training);
    });
    expect(windows).toEqual([
      [0, 20],
      [0, 30],
      [0, 40],
    ]);
  });

  it('costs the daily trades of rebalancing too, and none for holding what is held', () => {
    const problem = { returns, trainingDays, testDays, costRate: 1e-3 };
    const daily = walkForward({ ...problem, between: 'rebalance' }, equal);
    const drift = walkForward(problem, equal);
    expect(daily.turnover).toBeGreaterThan(drift.turnover);
    expect(sum(daily.grossReturns) - sum(daily.dailyReturns)).toBeCloseTo(daily.cost, 12);
    const held = walkForward(
      { ...problem, initialWeights: new Float64Array(20).fill(1 / 20) },
      (_, { heldWeights }) => heldWeights,
    );
    expect(held.turnover).toBe(0);
    expect(Array.from(held.dailyReturns)).toEqual(Array.from(held.grossReturns));
  });

  it('leaves the holdings as they are where a decision fails and that is wanted, and says so', () => {
    const failing = (training: Returns, refit: number): Float64Array => {
      if (refit === 1) throw new RiskMathError('notConverged', 'no answer');
      return equal(training);
    };
    const problem = { returns: seededReturns(2, 50, 2), trainingDays: 20, testDays: 10 };
    const result = walkForward({ ...problem, onFailure: 'hold' }, (training, { refit }) => failing(training, refit));
    expect(result.refits.map(({ failure }) => failure?.reason)).toEqual([undefined, 'notConverged', undefined]);
    expect(result.refits[1]!.turnover).toBe(0);
    expect(failureOf(() => walkForward(problem, (training, { refit }) => failing(training, refit))).reason).toBe(
      'notConverged',
    );
  });

  it('refuses too few days, weights that are no numbers, and cost rates below 0', () => {
    const problem = { returns: seededReturns(2, 20, 2), trainingDays: 20, testDays: 10 };
    expect(failureOf(() => walkForward(problem, equal)).reason).toBe('tooFewObservations');
    const short = { ...problem, trainingDays: 10 };
    expect(failureOf(() => walkForward(short, () => Float64Array.of(NaN, 1))).reason).toBe('invalidInput');
    expect(failureOf(() => walkForward({ ...short, costRate: -1 }, equal)).reason).toBe('invalidInput');
    expect(failureOf(() => walkForward({ ...short, testDays: 0 }, equal)).reason).toBe('invalidInput');
  });
});
