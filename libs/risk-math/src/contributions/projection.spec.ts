import fc from 'fast-check';
import { seededCovariance, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { createCovariance } from '../model/covariance.js';
import { volatilityContributions } from './euler.js';
import { factorProjection } from './projection.js';

const unit = (size: number, at: number): Float64Array => new Float64Array(size).fill(1, at, at + 1);

describe('risk by named factors', () => {
  it('sums to the portfolio’s, with each contribution exposure × deviation × correlation', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), (seed, w) => {
        const matrix = seededCovariance(seed, 6);
        const factors = [unit(6, 0), unit(6, 1).map((value, i) => value - (i === 0 ? 1 : 0))];
        const risk = factorProjection(matrix, w, factors, ANNUALISATION);
        expect(risk.total).toBeCloseTo(volatilityContributions(matrix, w).total, 12);
        expect(seen('Risk by named factors', sum(risk.contributions) + risk.specificTotal - risk.total)).toBeLessThan(
          1e-12,
        );
        const products = risk.exposures.map((x, k) => x * risk.deviations[k]! * risk.correlations[k]!);
        expect(relativeDifference(products, risk.contributions)).toBeLessThan(1e-9);
        expect(risk.specificTotal).toBeGreaterThan(-1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on which positions span the same factors: the specific part stays', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), (seed, w) => {
        const matrix = seededCovariance(seed, 6);
        const plain = factorProjection(matrix, w, [unit(6, 0), unit(6, 1)], 1);
        const turned = factorProjection(
          matrix,
          w,
          [unit(6, 0), unit(6, 1).map((v, i) => 3 * v - (i === 0 ? 1 : 0))],
          1,
        );
        expect(turned.specificTotal).toBeCloseTo(plain.specificTotal, 12);
      }),
      { numRuns: 40 },
    );
  });

  it('by hand: a stock of beta 1.5 and a tenth of specific variance', () => {
    // Market variance 0.0004; stock variance 1.5² · 0.0004 / 0.9 = 0.001, of which 0.0001 is its own.
    const matrix = createCovariance(Float64Array.of(4e-4, 6e-4, 6e-4, 1e-3), 2);
    const risk = factorProjection(matrix, Float64Array.of(0, 1), [unit(2, 0)], 1);
    expect(seen('Risk by named factors', risk.exposures[0]! - 1.5)).toBeLessThan(1e-12);
    expect(seen('Risk by named factors', risk.contributions[0]! - 9e-4 / Math.sqrt(1e-3))).toBeLessThan(1e-14);
    expect(seen('Risk by named factors', risk.specificTotal - 1e-4 / Math.sqrt(1e-3))).toBeLessThan(1e-14);
  });

  it('of a portfolio of the factors alone leaves nothing specific', () => {
    const matrix = seededCovariance(7, 4);
    const w = Float64Array.of(0.4, 0.6, 0, 0);
    const risk = factorProjection(matrix, w, [unit(4, 0), unit(4, 1)], 1);
    expect(relativeDifference(risk.exposures, Float64Array.of(0.4, 0.6))).toBeLessThan(1e-9);
    expect(Math.abs(risk.specificTotal / risk.total)).toBeLessThan(1e-12);
  });

  it('refuses factors that are combinations of each other, or do not move', () => {
    const matrix = seededCovariance(7, 4);
    const twice = () => factorProjection(matrix, unit(4, 2), [unit(4, 0), unit(4, 0).map((v) => 2 * v)], 1);
    expect(failureOf(twice)).toMatchObject({ reason: 'outOfDomain' });
    const still = createCovariance(Float64Array.of(0, 0, 0, 1), 2);
    expect(failureOf(() => factorProjection(still, unit(2, 1), [unit(2, 0)], 1))).toMatchObject({
      reason: 'outOfDomain',
    });
  });
});
