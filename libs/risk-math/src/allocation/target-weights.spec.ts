import { capped, covariance, expected, groups, ids } from '../../test/support/allocation.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference } from '../../test/support/golden.js';
import { riskShares } from './solution.js';
import { customWeights, equalWeight, inverseVolatility } from './target-weights.js';

describe('methods that set weights', () => {
  it('inverse volatility is 1/σ', () => {
    const solution = inverseVolatility({ covariance });
    expect(relativeDifference(solution.weights, expected.inverseVolatility)).toBeLessThan(1e-13);
    expect(Array.from(solution.realisedShares)).toEqual(Array.from(solution.targetShares));
  });

  it('constraints in the way move weights to the nearest that obey them, as Clarabel finds them', () => {
    const solution = inverseVolatility({
      covariance,
      constraints: { bounds: capped(0.06), groups: [{ ...groups[0]!, upper: 0.3 }] },
    });
    expect(relativeDifference(solution.weights, expected.inverseVolatilityProjected)).toBeLessThan(1e-7);
    expect(solution.status).toBe('constrained');
    expect(solution.binding.length).toBeGreaterThan(0);
    expect(
      relativeDifference(solution.targetShares, riskShares(covariance, Float64Array.from(expected.inverseVolatility))),
    ).toBeLessThan(1e-12);
  });

  it('equal weight is 1/n, with signs ±1/n, and by group 1/m each', () => {
    expect(Array.from(equalWeight({ covariance }).weights)).toEqual(Array.from(new Float64Array(20).fill(0.05)));
    const signs = ids.map((_, i) => (i === 0 ? -1 : 1));
    expect(equalWeight({ covariance, signs, scale: { kind: 'gross', value: 2 } }).weights[0]).toBeCloseTo(-0.1, 15);
    const byGroup = equalWeight({
      covariance,
      grouping: {
        groups: [
          { id: 'small', assetIds: ids.slice(0, 2) },
          { id: 'large', assetIds: ids.slice(2) },
        ],
        within: { kind: 'inverseVolatility' },
      },
    });
    expect(byGroup.groups.map(({ weight }) => Math.round(weight * 1e12) / 1e12)).toEqual([0.5, 0.5]);
  });

  it('custom weights stay as they are, cash and all, and are scaled when asked', () => {
    const weights = new Float64Array(20);
    weights[0] = 0.5;
    weights[7] = -0.2;
    expect(Array.from(customWeights({ covariance, weights }).weights)).toEqual(Array.from(weights));
    const scaled = customWeights({ covariance, weights, scale: { kind: 'volatility', value: 0.15 } });
    expect(scaled.volatilityAnnual).toBeCloseTo(0.15, 14);
    expect(scaled.weights[7]! / scaled.weights[0]!).toBeCloseTo(-0.4, 14);
  });

  it('refuse constraints that clash, and weights that are all 0', () => {
    expect(failureOf(() => equalWeight({ covariance, constraints: { bounds: capped(0.01) } })).reason).toBe(
      'infeasible',
    );
    expect(failureOf(() => customWeights({ covariance, weights: new Float64Array(20) })).reason).toBe('invalidInput');
  });
});
