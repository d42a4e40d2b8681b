import fc from 'fast-check';
import { capped, covariance, expected, groups, ids } from '../../test/support/allocation.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createCovariance } from '../model/covariance.js';
import { minimumVariance } from '../optimisation/mean-variance.js';
import { riskShares } from './solution.js';
import { customWeights, equalWeight, inverseVariance, inverseVolatility } from './target-weights.js';

describe('methods that set weights', () => {
  it('inverse volatility is 1/σ', () => {
    const solution = inverseVolatility({ covariance });
    expect(
      seen(
        'Equal weight; inverse volatility',
        relativeDifference(solution.weights, expected.inverseVolatility),
        'inverse volatility',
      ),
    ).toBeLessThan(1e-13);
    expect(Array.from(solution.realisedShares)).toEqual(Array.from(solution.targetShares));
  });

  it('inverse variance is 1/σ², of minimum variance where nothing is correlated', () => {
    const { size, variances } = covariance;
    const total = variances.reduce((sum, variance) => sum + 1 / variance, 0);
    const { weights } = inverseVariance({ covariance });
    expect(
      seen(
        'Equal weight; inverse volatility',
        relativeDifference(
          weights,
          variances.map((variance) => 1 / variance / total),
        ),
        'inverse variance',
      ),
    ).toBeLessThan(1e-14);
    const diagonal = new Float64Array(size * size);
    variances.forEach((variance, i) => (diagonal[i * size + i] = variance));
    const uncorrelated = createCovariance(diagonal, size, { ids });
    const minimum = minimumVariance({ covariance: uncorrelated });
    expect(
      seen(
        'Equal weight; inverse volatility',
        relativeDifference(inverseVariance({ covariance: uncorrelated }).weights, minimum.weights),
        'inverse variance',
      ),
    ).toBeLessThan(1e-10);
  });

  it('inverse variance is scaled and permuted with its assets, kept within constraints, and refused without a variance', () => {
    const volatilities = fc.array(fc.double({ min: 1e-6, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(volatilities, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (sigmas, factor) => {
        const of = (list: readonly number[]): Float64Array => {
          const values = new Float64Array(list.length ** 2);
          list.forEach((sigma, i) => (values[i * list.length + i] = sigma * sigma));
          return inverseVariance({
            covariance: createCovariance(values, list.length, { ids: list.map((_, at) => String(at)) }),
          }).weights;
        };
        const weights = of(sigmas);
        expect(relativeDifference(of(sigmas.map((sigma) => factor * sigma)), weights)).toBeLessThan(1e-12);
        expect(relativeDifference(of([...sigmas].reverse()).reverse(), weights)).toBeLessThan(1e-12);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
    );
    const within = inverseVariance({ covariance, constraints: { bounds: capped(0.06) } });
    expect(within.status).toBe('constrained');
    expect(Math.max(...within.weights)).toBeLessThan(0.06 + 1e-12);
    expect(
      failureOf(() => inverseVariance({ covariance: createCovariance(new Float64Array(4), 2, { ids: ['A', 'B'] }) }))
        .reason,
    ).toBe('outOfDomain');
  });

  it('constraints in the way move weights to the nearest that obey them, as Clarabel finds them', () => {
    const solution = inverseVolatility({
      covariance,
      constraints: { bounds: capped(0.06), groups: [{ ...groups[0]!, upper: 0.3 }] },
    });
    expect(
      seen(
        'Nearest weights under constraints',
        relativeDifference(solution.weights, expected.inverseVolatilityProjected),
      ),
    ).toBeLessThan(1e-7);
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
