import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { seen } from '../../test/support/seen.js';
import { symmetricEigen, symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { createReturns } from '../model/returns.js';
import { toDense } from '../model/risk-model-matrix.js';
import { conditionNumber, largestEigenvalue } from './condition-number.js';
import { decayWeights, ewmaCovariance } from './ewma.js';
import { ledoitWolf } from './ledoit-wolf.js';
import { nearestPositiveSemiDefinite } from './nearest-positive-semi-definite.js';
import { sampleCovariance } from './sample.js';

interface Golden {
  sample: number[];
  conditionNumber: number;
  halfLifeDays: number;
  ewma: number[];
  ledoitWolfIdentity: { covariance: number[]; shrinkage: number };
  ledoitWolfConstantCorrelation: { covariance: number[]; shrinkage: number };
  nearest: { size: number; given: number[]; smallestEigenvalue: number; repaired: number[] };
}

const expected = golden<Golden>('covariance/fixtures/covariance.json');
const returns = shareReturns();

describe('sample covariance', () => {
  it('agrees with NumPy, ddof 1', () => {
    expect(
      seen('Sample covariance', relativeDifference(sampleCovariance(returns).values, expected.sample)),
    ).toBeLessThan(1e-13);
  });

  it('needs two days, and says how many there were', () => {
    const failure = failureOf(() => sampleCovariance(createReturns(new Float64Array(3), 1, 3)));
    expect(failure.reason).toBe('tooFewObservations');
    expect(failure.details).toEqual({ observations: 1, needed: 2 });
  });

  it.each([NaN, Infinity, -Infinity])('refuses a number that is not finite, naming its place: %d', (value) => {
    const values = new Float64Array([0.1, value, 0.2, 0.3]);
    const failure = failureOf(() => sampleCovariance({ values, observations: 2, assets: 2 }));
    expect(failure.reason).toBe('invalidInput');
    expect(failure.message).toContain('returns[1]');
  });

  it.each([1e-12, 1, 1e6])('keeps its digits at returns of the size %d', (size) => {
    const base = sampleCovariance(seededReturns(5, 60, 4));
    const scaled = seededReturns(5, 60, 4);
    scaled.values.forEach((value, at) => (scaled.values[at] = value * size));
    const back = sampleCovariance(scaled).values.map((value) => value / size / size);
    expect(relativeDifference(back, base.values)).toBeLessThan(1e-13);
  });

  it('does not care about a constant added to every return, turns round with the assets, and is positive semi-definite', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 2, max: 30 }), (seed, assets, days) => {
        const given = seededReturns(seed, days, assets);
        const covariance = sampleCovariance(given);
        const shifted = createReturns(
          given.values.map((value) => value + 0.25),
          days,
          assets,
        );
        expect(relativeDifference(sampleCovariance(shifted).values, covariance.values)).toBeLessThan(1e-11);
        const turned = createReturns(Float64Array.from(given.values).reverse(), days, assets);
        const turnedBack = Float64Array.from(sampleCovariance(turned).values).reverse();
        expect(relativeDifference(turnedBack, covariance.values)).toBeLessThan(1e-12);
        const smallest = symmetricEigen(covariance.values, assets).values[0]!;
        expect(smallest).toBeGreaterThan(-1e-12 * Math.max(...covariance.variances));
      }),
      { numRuns: 50 },
    );
  });
});

describe('exponentially weighted covariance', () => {
  it('agrees with pandas, by half-life', () => {
    const actual = ewmaCovariance(returns, { halfLifeDays: expected.halfLifeDays });
    expect(seen('EWMA covariance', relativeDifference(actual.values, expected.ewma))).toBeLessThan(1e-12);
  });

  it('is the same by λ as by the half-life that gives it', () => {
    const byHalfLife = ewmaCovariance(returns, { halfLifeDays: 20 });
    const byLambda = ewmaCovariance(returns, { lambda: 0.5 ** (1 / 20) });
    expect(relativeDifference(byLambda.values, byHalfLife.values)).toBeLessThan(1e-14);
  });

  it('has weights that halve over the half-life and sum to one', () => {
    const weights = decayWeights(100, 0.5 ** (1 / 10));
    expect(weights.reduce((total, weight) => total + weight, 0)).toBeCloseTo(1, 14);
    expect(weights[89]! / weights[99]!).toBeCloseTo(0.5, 13);
  });

  it.each([{ halfLifeDays: 0 }, { halfLifeDays: NaN }, { lambda: 1 }, { lambda: 0 }])('refuses %p', (decay) => {
    expect(failureOf(() => ewmaCovariance(returns, decay)).reason).toBe('invalidInput');
  });
});

describe('Ledoit–Wolf', () => {
  it('agrees with scikit-learn to the identity', () => {
    const { covariance, shrinkage } = ledoitWolf(returns, 'identity');
    expect(
      seen('Ledoit–Wolf, identity', relativeDifference(covariance.values, expected.ledoitWolfIdentity.covariance)),
    ).toBeLessThan(1e-12);
    expect(shrinkage).toBeCloseTo(expected.ledoitWolfIdentity.shrinkage, 12);
  });

  it('agrees with PyPortfolioOpt to constant correlation', () => {
    const { covariance, shrinkage } = ledoitWolf(returns, 'constantCorrelation');
    expect(
      seen(
        'Ledoit–Wolf, constant',
        relativeDifference(covariance.values, expected.ledoitWolfConstantCorrelation.covariance),
      ),
    ).toBeLessThan(1e-12);
    expect(shrinkage).toBeCloseTo(expected.ledoitWolfConstantCorrelation.shrinkage, 11);
  });

  it('keeps the variances under constant correlation, and lies within [0, 1]', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 3, max: 30 }), (seed, assets, days) => {
        const given = seededReturns(seed, days, assets);
        const { covariance, shrinkage } = ledoitWolf(given, 'constantCorrelation');
        const sample = sampleCovariance(given).variances.map((variance) => (variance * (days - 1)) / days);
        expect(relativeDifference(covariance.variances, sample)).toBeLessThan(1e-12);
        expect(shrinkage).toBeGreaterThanOrEqual(0);
        expect(shrinkage).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('is regular with more assets than days', () => {
    const { covariance } = ledoitWolf(seededReturns(3, 10, 25), 'identity');
    expect(conditionNumber(covariance)).not.toBeNull();
  });

  it('refuses constant correlation for an asset that does not move, naming it', () => {
    const values = new Float64Array([0.01, 0.02, -0.01, 0.02, 0.03, 0.02]);
    const failure = failureOf(() => ledoitWolf(createReturns(values, 3, 2, ['A', 'STILL']), 'constantCorrelation'));
    expect(failure.reason).toBe('outOfDomain');
    expect(failure.details.ids).toEqual(['STILL']);
  });
});

describe('nearest positive semi-definite matrix', () => {
  const { size, given, repaired, smallestEigenvalue } = expected.nearest;
  const matrix = Float64Array.from(given);

  it('agrees with the semi-definite program and says what it did', () => {
    const covariance = nearestPositiveSemiDefinite(matrix, size);
    expect(seen('Nearest positive semi-definite', relativeDifference(covariance.values, repaired))).toBeLessThan(1e-7);
    expect(covariance.repair).toMatchObject({ method: 'higham' });
    if (covariance.repair.method === 'none') throw new Error('repaired');
    expect(covariance.repair.smallestEigenvalue).toBeCloseTo(smallestEigenvalue, 14);
    const change = Math.hypot(...covariance.values.map((value, at) => value - matrix[at]!));
    expect(covariance.repair.distance).toBeCloseTo(change, 15);
    expect(covariance.repair.relativeDistance).toBeCloseTo(change / Math.hypot(...matrix), 12);
  });

  it('keeps every variance and is positive semi-definite to rounding', () => {
    const covariance = nearestPositiveSemiDefinite(matrix, size);
    for (let i = 0; i < size; i++) expect(covariance.variances[i]).toBe(matrix[i * size + i]);
    const { values } = symmetricEigen(covariance.values, size);
    expect(values[0]!).toBeGreaterThan(-1e-14 * values[size - 1]!);
  });

  it('returns a matrix that needs nothing to the bit', () => {
    const sample = sampleCovariance(returns);
    const again = nearestPositiveSemiDefinite(sample.values, sample.size, returns.ids);
    expect(again.repair).toEqual({ method: 'none' });
    expect(Array.from(again.values)).toEqual(Array.from(sample.values));
  });

  it('leaves a singular matrix alone: that is positive semi-definite', () => {
    const singular = sampleCovariance(seededReturns(9, 4, 10));
    expect(nearestPositiveSemiDefinite(singular.values, 10).repair.method).toBe('none');
    expect(conditionNumber(singular)).toBeNull();
  });

  it('of any indefinite matrix keeps the variances, is positive semi-definite, and is no nearer than any other such matrix', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 3, max: 8 }), fc.constantFrom(1e-12, 1, 1e6), (seed, n, scale) => {
        const noise = seededReturns(seed, n, n, 1).values;
        const given = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < i; j++) given[j * n + i] = given[i * n + j] = scale * Math.tanh(2 * noise[i * n + j]!);
          given[i * n + i] = scale;
        }
        const { values, variances, repair } = nearestPositiveSemiDefinite(given, n);
        const smallest = symmetricEigen(values, n).values[0]!;
        expect(smallest).toBeGreaterThan(-1e-12 * scale);
        for (const variance of variances) expect(variance).toBe(scale);
        if (repair.method === 'none') return;
        // Towards any other correlation matrix the distance grows: here towards the identity, and the given one made one.
        const distance = (weight: number): number =>
          Math.hypot(
            ...values.map((value, at) => {
              const target = Math.floor(at / n) === at % n ? scale : 0;
              return (value + weight * (target - value) - given[at]!) / scale;
            }),
          );
        expect(distance(0.01)).toBeGreaterThanOrEqual(distance(0) * (1 - 1e-9));
        expect(repair.distance / scale).toBeCloseTo(distance(0), 9);
        const again = nearestPositiveSemiDefinite(values, n);
        expect(relativeDifference(again.values, values)).toBeLessThan(1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a negative variance', () => {
    expect(failureOf(() => nearestPositiveSemiDefinite(new Float64Array([-1, 0, 0, 1]), 2)).reason).toBe(
      'notPositiveSemiDefinite',
    );
  });
});

describe('the largest eigenvalue by power iteration', () => {
  it('is that of the whole decomposition, in dense and in factor form, and 0 where nothing moves', () => {
    const dense = sampleCovariance(returns);
    const largest = symmetricEigenvalues(dense.values, dense.size)[dense.size - 1]!;
    expect(largestEigenvalue(dense) / largest).toBeCloseTo(1, 4);
    const model = createFactorModel(3, 1, {
      exposures: new Float64Array([1, 1.5, 0.5]),
      factorCovariance: new Float64Array([4e-4]),
      specificVariances: new Float64Array([1e-5, 2e-5, 3e-5]),
    });
    const written = toDense(model);
    expect(largestEigenvalue(model) / symmetricEigenvalues(written.values, 3)[2]!).toBeCloseTo(1, 5);
    expect(largestEigenvalue(createCovariance(new Float64Array(4), 2))).toBe(0);
  });
});

describe('condition number', () => {
  it('agrees with NumPy', () => {
    const actual = conditionNumber(sampleCovariance(returns));
    expect(seen('Condition number', actual! / expected.conditionNumber - 1)).toBeLessThan(1e-9);
  });
});
