import { covariance } from '../../test/support/allocation.js';
import { failureOf } from '../../test/support/failure.js';
import { equal, expectedReturns, goldenWeights, variance } from '../../test/support/optimisation.js';
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
      expect(values[1]! / frontier.objective!).toBeLessThan(1 + 1e-6);
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
