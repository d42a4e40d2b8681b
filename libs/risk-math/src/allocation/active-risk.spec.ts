import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { picked, reverse, reversed, scaled, withStill } from '../../test/support/covariances.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, returnsWithMarket, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { trackingErrorContributions } from '../contributions/euler.js';
import { sampleCovariance } from '../covariance/sample.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import { type ActiveRiskProblem, activeRiskBudgeting, seriesBenchmark } from './active-risk.js';

interface Golden {
  covariance: number[];
  series: { covariances: number[]; variance: number; weights: number[] };
}

const expected = golden<Golden>('allocation/fixtures/allocation.json');
const { ids } = shareReturns();
const covariance = createCovariance(Float64Array.from(expected.covariance), 20, { ids });
const equal = new Float64Array(20).fill(0.05);
const rows = ids.map((_, row) => row);

describe('budgets of active risk against a series', () => {
  const benchmark = {
    kind: 'series',
    covariances: Float64Array.from(expected.series.covariances),
    variance: expected.series.variance,
  } as const;

  it('agree with SciPy’s root of the optimality system at the λ that invests everything', () => {
    const solution = activeRiskBudgeting({ covariance, budgets: equal, benchmark });
    expect(
      seen('Active risk against a series', relativeDifference(solution.weights, expected.series.weights)),
    ).toBeLessThan(1e-8);
    expect(sum(solution.weights)).toBeCloseTo(1, 12);
    expect(relativeDifference(solution.realisedShares, equal)).toBeLessThan(1e-9);
    expect(solution.status).toBe('optimal');
  });

  it('are the Euler contributions to tracking error over positions and the short benchmark', () => {
    const joint = sampleCovariance(returnsWithMarket());
    const index = new Float64Array(21);
    index[20] = 1;
    const solution = activeRiskBudgeting({
      covariance: subCovariance(joint, rows, ids),
      budgets: equal,
      benchmark: seriesBenchmark(joint, index, rows),
    });
    const { total, contributions } = trackingErrorContributions(
      joint,
      Float64Array.from([...solution.weights, 0]),
      index,
    );
    expect(solution.trackingErrorAnnual).toBeCloseTo(total, 12);
    expect(solution.benchmarkContribution).toBeCloseTo(contributions[20]!, 12);
    const each = (total - contributions[20]!) / 20;
    for (let i = 0; i < 20; i++) expect(Math.abs(contributions[i]! - each)).toBeLessThan(1e-9);
  });

  it('hold bounds and say which bind', () => {
    const bounds = ids.map((assetId) => ({ assetId, upper: 0.055 }));
    const solution = activeRiskBudgeting({ covariance, budgets: equal, benchmark, constraints: { bounds } });
    expect(solution.status).toBe('constrained');
    expect(Math.max(...solution.weights)).toBeLessThanOrEqual(0.055);
    expect(sum(solution.weights)).toBeCloseTo(1, 10);
    expect(solution.binding.length).toBeGreaterThan(0);
  });

  it('are refused when even the least active risk invests more', () => {
    const doubled = {
      ...benchmark,
      covariances: benchmark.covariances.map((value) => 2 * value),
      variance: 4 * benchmark.variance,
    };
    const failure = failureOf(() => activeRiskBudgeting({ covariance, budgets: equal, benchmark: doubled }));
    expect(failure.reason).toBe('outOfDomain');
  });
});

describe('budgets of active risk against weights', () => {
  const weights = new Float64Array(20).fill(0.05);
  const benchmark = { kind: 'weights', weights } as const;
  const signs = ids.map((_, i) => (i % 2 === 0 ? 1 : -1));
  const budgets = Float64Array.from(ids, (_, i) => (i < 8 ? 0.125 : 0));

  it('are ambiguous until signs say what is over- and what underweight', () => {
    expect(failureOf(() => activeRiskBudgeting({ covariance, budgets, benchmark })).reason).toBe('ambiguous');
  });

  it('spread a tracking error over the active weights; a name without a budget stays at its benchmark weight', () => {
    const solution = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.01 },
    });
    expect(solution.trackingErrorAnnual).toBeCloseTo(0.01, 14);
    const { total, contributions } = trackingErrorContributions(covariance, solution.weights, weights);
    expect(total).toBeCloseTo(0.01, 13);
    contributions.forEach((value, i) => expect(value).toBeCloseTo(budgets[i]! * total, 12));
    expect(Array.from(solution.weights.subarray(8))).toEqual(Array.from(weights.subarray(8)));
    solution.activeWeights.subarray(0, 8).forEach((value, i) => expect(Math.sign(value)).toBe(signs[i]));
    expect(solution.status).toBe('optimal');
  });

  it('do not go below 0 unless a bound allows it, and say where that binds', () => {
    const wide = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.06 },
    });
    expect(wide.status).toBe('constrained');
    expect(Math.min(...wide.weights)).toBeGreaterThanOrEqual(-1e-12);
    expect(wide.binding.every(({ bound }) => Math.abs(bound) < 1e-15)).toBe(true);
    const bounds = ids.map((assetId) => ({ assetId, lower: -1 }));
    const short = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.06 },
      constraints: { bounds },
    });
    expect(short.status).toBe('optimal');
    expect(Math.min(...short.weights)).toBeLessThan(0);
  });

  it('need a tracking error or a gross active weight', () => {
    expect(failureOf(() => activeRiskBudgeting({ covariance, budgets, benchmark, signs })).details.field).toBe('scale');
  });
});

describe('budgets of active risk on any covariance', () => {
  /** Rising budgets of all but the last asset, which is the benchmark series. */
  const risingBudgets = (count: number) =>
    Float64Array.from({ length: count }, (_, i) => (2 * (i + 1)) / (count * (count + 1)));
  const againstLast = (joint: Covariance, part = 0.1): ActiveRiskProblem => {
    const count = joint.size - 1;
    const index = new Float64Array(count + 1);
    // Little of the benchmark, so that the least active risk does not need more than all the money.
    index[count] = part;
    const assets = Array.from({ length: count }, (_, i) => i);
    return {
      covariance: picked(joint, assets),
      budgets: risingBudgets(count),
      benchmark: seriesBenchmark(joint, index, assets),
    };
  };
  const turned = (problem: ActiveRiskProblem): ActiveRiskProblem => ({
    ...problem,
    covariance: reversed(problem.covariance),
    budgets: reverse(problem.budgets),
    benchmark:
      problem.benchmark.kind === 'series'
        ? { ...problem.benchmark, covariances: reverse(problem.benchmark.covariances) }
        : { kind: 'weights', weights: reverse(problem.benchmark.weights) },
    ...(problem.signs === undefined ? {} : { signs: reverse(problem.signs) }),
  });

  it('against a series are met, complete tracking error, move with the assets, and do not depend on the unit', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), fc.constantFrom(1e-12, 1e6), (seed, assets, size) => {
        const joint = seededCovariance(seed, assets + 1);
        const problem = againstLast(joint);
        const solution = activeRiskBudgeting(problem);
        expect(sum(solution.weights)).toBeCloseTo(1, 12);
        expect(relativeDifference(solution.realisedShares, risingBudgets(assets))).toBeLessThan(1e-9);
        const index = new Float64Array(assets + 1);
        index[assets] = 0.1;
        const euler = trackingErrorContributions(joint, Float64Array.from([...solution.weights, 0]), index);
        expect(solution.trackingErrorAnnual / euler.total).toBeCloseTo(1, 11);
        expect(Math.abs(solution.benchmarkContribution - euler.contributions[assets]!)).toBeLessThan(
          1e-11 * euler.total,
        );
        const back = activeRiskBudgeting(turned(problem));
        expect(relativeDifference(reverse(back.weights), solution.weights)).toBeLessThan(1e-9);
        const other = activeRiskBudgeting(againstLast(scaled(joint, size)));
        expect(relativeDifference(other.weights, solution.weights)).toBeLessThan(1e-9);
        expect(other.trackingErrorAnnual / solution.trackingErrorAnnual / size).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('against weights are met at the tracking error asked for, move with the assets, and do not depend on the unit', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), fc.constantFrom(1e-12, 1e6), (seed, assets, size) => {
        const problem = (matrix: Covariance, value: number): ActiveRiskProblem => ({
          covariance: matrix,
          budgets: risingBudgets(assets),
          benchmark: { kind: 'weights', weights: new Float64Array(assets).fill(1 / assets) },
          signs: Float64Array.from({ length: assets }, (_, i) => ((seed >> i) % 2 === 0 ? 1 : -1)),
          scale: { kind: 'volatility', value },
          constraints: { bounds: matrix.ids!.map((assetId) => ({ assetId, lower: -1e3 })) },
        });
        const matrix = seededCovariance(seed, assets);
        const solution = activeRiskBudgeting(problem(matrix, 0.02));
        expect(solution.trackingErrorAnnual).toBeCloseTo(0.02, 13);
        expect(relativeDifference(solution.realisedShares, risingBudgets(assets))).toBeLessThan(1e-9);
        solution.activeWeights.forEach((active, i) =>
          expect(solution.weights[i]! - 1 / assets).toBeCloseTo(active, 12),
        );
        const back = activeRiskBudgeting(turned(problem(matrix, 0.02)));
        expect(relativeDifference(reverse(back.weights), solution.weights)).toBeLessThan(1e-9);
        const other = activeRiskBudgeting(problem(scaled(matrix, size), 0.02 * size));
        expect(relativeDifference(other.activeWeights, solution.activeWeights)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('give twins one weight, and refuse a budget of what does not move against the benchmark', () => {
    const joint = sampleCovariance(seededReturns(7, 60, 4));
    const problem = againstLast(picked(joint, [0, 1, 0, 3]));
    const { weights } = activeRiskBudgeting({ ...problem, budgets: Float64Array.of(0.3, 0.4, 0.3) });
    expect(weights[0]).toBeCloseTo(weights[2]!, 10);
    const still = againstLast(picked(withStill(joint), [0, 1, 4, 3]));
    expect(failureOf(() => activeRiskBudgeting(still)).reason).toBe('outOfDomain');
    const without = activeRiskBudgeting({ ...still, budgets: Float64Array.of(0.5, 0.5, 0) });
    expect(without.weights[2]).toBe(0);
  });

  it('are refused where they are no numbers, and of nothing', () => {
    const problem = againstLast(seededCovariance(3, 4));
    const reasonOf = (change: Partial<ActiveRiskProblem>): string =>
      failureOf(() => activeRiskBudgeting({ ...problem, ...change } as ActiveRiskProblem)).reason;
    const series = problem.benchmark as Extract<ActiveRiskProblem['benchmark'], { kind: 'series' }>;
    expect(reasonOf({ budgets: Float64Array.of(0.5, NaN, 0.5) })).toBe('invalidInput');
    expect(reasonOf({ benchmark: { ...series, covariances: Float64Array.of(1, NaN, 1) } })).toBe('invalidInput');
    expect(reasonOf({ benchmark: { ...series, variance: Infinity } })).toBe('invalidInput');
    expect(reasonOf({ benchmark: { ...series, variance: -1e-4 } })).toBe('notPositiveSemiDefinite');
    // A correlation beyond 1, and correlations that no benchmark has with two names at once.
    expect(reasonOf({ benchmark: { ...series, variance: 0 } })).toBe('notPositiveSemiDefinite');
    const two = createCovariance(Float64Array.of(1, 0.2, 0.2, 1), 2, { ids: ['a', 'b'] });
    const torn = { kind: 'series', covariances: Float64Array.of(0.49, 0.49), variance: 0.25 } as const;
    expect(reasonOf({ covariance: two, budgets: [0.5, 0.5], benchmark: torn })).toBe('notPositiveSemiDefinite');
    const signs = [1, 1, 1];
    expect(reasonOf({ signs, benchmark: { kind: 'weights', weights: Float64Array.of(1, NaN, 0) } })).toBe(
      'invalidInput',
    );
    const nothing = createCovariance(new Float64Array(0), 0, { ids: [] });
    const none = new Float64Array(0);
    expect(reasonOf({ covariance: nothing, budgets: none, benchmark: { ...series, covariances: none } })).toBe(
      'invalidInput',
    );
  });
});
