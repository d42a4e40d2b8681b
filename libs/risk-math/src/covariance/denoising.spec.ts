import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { relativeDifference, shareReturns } from '../../test/support/golden.js';
import { symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import { createReturns } from '../model/returns.js';
import { denoisedCovariance } from './denoising.js';
import { sampleCovariance } from './sample.js';

describe('random-matrix denoising', () => {
  it('of returns of rank one sees one signal and no noise, whatever the signs and sizes of the columns', () => {
    const days = 120;
    for (let assets = 2; assets <= 40; assets++) {
      for (const multiple of [(i: number) => 0.01 * (i + 1), (i: number) => (i % 2 === 0 ? 0.01 : -0.03) * (i + 1)]) {
        const values = Float64Array.from(
          { length: days * assets },
          (_, at) => multiple(at % assets) * Math.sin(Math.floor(at / assets) ** 2),
        );
        const given = createReturns(values, days, assets);
        const { covariance, signals, edge } = denoisedCovariance(given);
        expect([signals, edge]).toEqual([1, 0]);
        expect(relativeDifference(covariance.values, sampleCovariance(given).values)).toBeLessThan(1e-12);
      }
    }
  });

  it('of returns of any rank has finite numbers, an edge that is not negative, and no more signals than the rank', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 2, max: 200 }),
        (seed, rank, assets, days) => {
          const factors = seededReturns(seed, days, rank);
          const loadings = seededReturns(seed + 1, rank, assets);
          const values = new Float64Array(days * assets);
          for (let t = 0; t < days; t++) {
            for (let i = 0; i < assets; i++) {
              for (let k = 0; k < rank; k++) {
                values[t * assets + i]! += factors.values[t * rank + k]! * loadings.values[k * assets + i]!;
              }
            }
          }
          const { covariance, signals, edge } = denoisedCovariance(createReturns(values, days, assets));
          expect(covariance.values.every(Number.isFinite)).toBe(true);
          expect(edge).toBeGreaterThanOrEqual(0);
          expect(signals).toBeLessThanOrEqual(Math.min(rank, days - 1));
          const smallest = symmetricEigenvalues(covariance.values, assets)[0]!;
          expect(smallest).toBeGreaterThan(-1e-12 * Math.max(...covariance.variances));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps every variance to the bit', () => {
    const { covariance } = denoisedCovariance(shareReturns());
    const { variances } = sampleCovariance(shareReturns());
    expect(relativeDifference(covariance.variances, variances)).toBeLessThan(1e-15);
  });
});
