import fc from 'fast-check';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { diversificationRatio, effectiveBets } from './diversification.js';

interface Golden {
  weights: number[];
  diversificationRatio: number;
  effectiveBets: number;
  betShares: number[];
}

const expected = golden<Golden>('measures/fixtures/tail-measures.json');
const weights = Float64Array.from(expected.weights);
const covariance = sampleCovariance(shareReturns());
const scales = fc.constantFrom(1e-12, 1e-3, 1e6);

describe('diversification', () => {
  it('ratio is stand-alone risk over the portfolio’s, effective bets those of the minimum torsion', () => {
    expect(
      seen(
        'Diversification ratio',
        diversificationRatio(covariance, weights) / expected.diversificationRatio - 1,
        'ratio',
      ),
    ).toBeLessThan(1e-12);
    const bets = effectiveBets(covariance, weights);
    expect(seen('Diversification ratio', bets.effectiveNumber / expected.effectiveBets - 1, 'bets')).toBeLessThan(1e-9);
    expect(seen('Diversification ratio', relativeDifference(bets.shares, expected.betShares), 'bets')).toBeLessThan(
      1e-9,
    );
  });

  it('of uncorrelated equal risks is all of them; of twins the ratio is one', () => {
    const values = new Float64Array(16);
    for (let i = 0; i < 4; i++) values[i * 5] = 1e-4 * (i + 1) ** 2;
    const w = Float64Array.from([1, 1 / 2, 1 / 3, 1 / 4]);
    const apart = createCovariance(values, 4);
    expect(effectiveBets(apart, w).effectiveNumber).toBeCloseTo(4, 12);
    expect(diversificationRatio(apart, w)).toBeCloseTo(2, 12);
    const twins = createCovariance(new Float64Array([1e-4, 1e-4, 1e-4, 1e-4]), 2);
    expect(diversificationRatio(twins, new Float64Array([0.4, 0.6]))).toBeCloseTo(1, 14);
    expect(sum(effectiveBets(twins, new Float64Array([0.4, 0.6])).shares)).toBeCloseTo(1, 14);
  });

  it('does not depend on scale or order', () => {
    fc.assert(
      fc.property(seeds, scales, (seed, scale) => {
        const matrix = seededCovariance(seed, 5, Math.sqrt(scale));
        const w = Float64Array.from([0.1, 0.3, -0.2, 0.4, 0.2]);
        const plain = seededCovariance(seed, 5, 0.01);
        expect(diversificationRatio(matrix, w) / diversificationRatio(plain, w)).toBeCloseTo(1, 9);
        expect(effectiveBets(matrix, w).effectiveNumber / effectiveBets(plain, w).effectiveNumber).toBeCloseTo(1, 7);
        expect(diversificationRatio(plain, w)).toBeGreaterThanOrEqual(1 - 1e-12);
      }),
      { numRuns: 30 },
    );
  });

  it('of nothing is refused', () => {
    expect(failureOf(() => diversificationRatio(covariance, new Float64Array(20))).reason).toBe('outOfDomain');
    expect(failureOf(() => effectiveBets(covariance, new Float64Array(20))).reason).toBe('outOfDomain');
  });
});
