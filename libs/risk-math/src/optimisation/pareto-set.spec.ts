import fc from 'fast-check';
import { covariance } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { picked, reverse, reversed, scaled, withStill } from '../../test/support/covariances.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { equal, expectedReturns, goldenWeights, variance } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import { createCovariance } from '../model/covariance.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { minimumVarianceForReturn } from './mean-variance.js';
import { type Objective, paretoSet } from './pareto-set.js';

const objectives: Objective[] = [
  { kind: 'expectedReturn', expectedReturns },
  { kind: 'variance' },
  { kind: 'turnover', from: equal },
];

describe('a Pareto set', () => {
  it('holds no point that another betters', () => {
    const points = paretoSet({ covariance, objectives, steps: 4 });
    expect(points.length).toBeGreaterThan(6);
    for (const a of points) {
      for (const b of points) {
        if (a === b) continue;
        const better = [
          b.values[0]! >= a.values[0]! + 1e-12,
          b.values[1]! <= a.values[1]! - 1e-12,
          b.values[2]! <= a.values[2]! - 1e-7,
        ];
        const noWorse = [
          b.values[0]! >= a.values[0]! - 1e-12,
          b.values[1]! <= a.values[1]! + 1e-12,
          b.values[2]! <= a.values[2]! + 1e-7,
        ];
        expect(better.some(Boolean) && noWorse.every(Boolean)).toBe(false);
      }
    }
  });

  it('of return and variance lies on the efficient frontier', () => {
    const points = paretoSet({ covariance, objectives: objectives.slice(0, 2), steps: 6 });
    for (const { values, solution } of points) {
      const frontier = minimumVarianceForReturn({ covariance, expectedReturns, targetReturn: values[0]! * (1 - 1e-9) });
      expect(solution.gap!).toBeLessThan(1e-8);
      expect(seen('Efficient frontier; Pareto', values[1]! / frontier.objective! - 1, 'Pareto variance')).toBeLessThan(
        1e-6,
      );
    }
    const least = Math.min(...points.map(({ values }) => values[1]!));
    expect(least / variance(goldenWeights('minimumVariance'))).toBeLessThan(1.001);
  });

  it('takes active variance and concentration, and needs two objectives', () => {
    const points = paretoSet({
      covariance,
      objectives: [{ kind: 'activeVariance', benchmark: equal }, { kind: 'concentration' }, { kind: 'variance' }],
      steps: 2,
    });
    for (const { values } of points) expect(values.every((value) => value > -1e-12)).toBe(true);
    expect(failureOf(() => paretoSet({ covariance, objectives: [{ kind: 'variance' }], steps: 2 })).reason).toBe(
      'invalidInput',
    );
  });
});

describe('a Pareto set of any covariance', () => {
  const meansOf = (assets: number, size = 1) => Float64Array.from({ length: assets }, (_, i) => size * 1e-4 * (i + 1));
  const wanted = (means: Float64Array): Objective[] => [
    { kind: 'expectedReturn', expectedReturns: means },
    { kind: 'variance' },
    { kind: 'concentration' },
  ];

  it('states the objectives of its weights, moves with its assets, and does not depend on the unit', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), fc.constantFrom(1e-12, 1e6), (seed, assets, size) => {
        const matrix = seededCovariance(seed, assets);
        const means = meansOf(assets);
        const points = paretoSet({ covariance: matrix, objectives: wanted(means), steps: 3 });
        for (const { solution, values, preferences } of points) {
          const { weights } = solution;
          expect(sum(weights)).toBeCloseTo(1, 10);
          expect(solution.infeasibility).toBeLessThan(1e-8);
          expect(sum(preferences)).toBeCloseTo(1, 12);
          expect(values[0]! / sum(weights.map((weight, i) => weight * means[i]!))).toBeCloseTo(1, 12);
          expect(values[1]! / quadraticForm(matrix, weights)).toBeCloseTo(1, 12);
          expect(values[2]! / sum(weights.map((weight) => weight * weight))).toBeCloseTo(1, 12);
        }
        const turned = paretoSet({ covariance: reversed(matrix), objectives: wanted(reverse(means)), steps: 3 });
        const other = paretoSet({
          covariance: scaled(matrix, size),
          objectives: wanted(meansOf(assets, size)),
          steps: 3,
        });
        expect([turned.length, other.length]).toEqual([points.length, points.length]);
        points.forEach(({ solution: { weights } }, k) => {
          expect(relativeDifference(reverse(turned[k]!.solution.weights), weights)).toBeLessThan(1e-6);
          expect(relativeDifference(other[k]!.solution.weights, weights)).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('of one asset is one point; twins share a weight; what does not move is the least variance', () => {
    const one = paretoSet({ covariance: seededCovariance(1, 1), objectives: wanted(meansOf(1)), steps: 4 });
    expect(one.map(({ solution }) => Array.from(solution.weights))).toEqual([[1]]);
    const twins = picked(seededCovariance(5, 3), [0, 1, 2, 1]);
    const twice = paretoSet({
      covariance: twins,
      objectives: wanted(Float64Array.of(1e-4, 2e-4, 3e-4, 2e-4)),
      steps: 3,
    });
    for (const { solution } of twice) expect(solution.weights[1]).toBeCloseTo(solution.weights[3]!, 7);
    const still = withStill(seededCovariance(5, 3));
    const points = paretoSet({ covariance: still, objectives: wanted(meansOf(4)).slice(0, 2), steps: 4 });
    // It has the highest mean as well: nothing else is efficient.
    expect(points).toHaveLength(1);
    expect(points[0]!.solution.weights[3]).toBeCloseTo(1, 7);
  });

  it('is refused where it is asked for by what is no number, of nothing, and by trades from two portfolios', () => {
    const matrix = seededCovariance(2, 3);
    const reasonOf = (objectives: Objective[], of = matrix, steps = 2): string =>
      failureOf(() => paretoSet({ covariance: of, objectives, steps })).reason;
    expect(reasonOf(wanted(Float64Array.of(1e-4, NaN, 1e-4)))).toBe('invalidInput');
    expect(reasonOf(wanted(meansOf(2)))).toBe('invalidInput');
    expect(reasonOf([{ kind: 'variance' }, { kind: 'turnover', from: Float64Array.of(1, Infinity, 0) }])).toBe(
      'invalidInput',
    );
    expect(reasonOf(wanted(meansOf(3)), matrix, 0)).toBe('invalidInput');
    const nothing = createCovariance(new Float64Array(0), 0, { ids: [] });
    expect(reasonOf(wanted(new Float64Array(0)), nothing)).toBe('invalidInput');
    const trades = (...from: number[]): Objective => ({ kind: 'turnover', from: Float64Array.from(from) });
    expect(reasonOf([{ kind: 'variance' }, trades(1, 0, 0), trades(0, 1, 0)])).toBe('invalidInput');
  });
});
