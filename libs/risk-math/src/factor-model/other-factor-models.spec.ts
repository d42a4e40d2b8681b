import fc from 'fast-check';
import { seededNormals, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createReturns } from '../model/returns.js';
import { toDense } from '../model/risk-model-matrix.js';
import { crossSectionalFactorModel } from './cross-sectional.js';
import { statisticalFactorModel } from './statistical.js';

interface CrossSection {
  readonly factors: number;
  readonly exposures: number[];
  readonly weights: number[];
  readonly factorReturns: number[];
  readonly rSquared: number[];
  readonly factorCovariance: number[];
  readonly specificVariances: number[];
  readonly tStatistics: number[];
  readonly conditionNumber: number;
  readonly covariance: number[];
}
interface Statistical {
  readonly factors: number;
  readonly eigenvalues: number[];
  readonly exposures: number[];
  readonly factorReturns: number[];
  readonly specificVariances: number[];
  readonly rSquared: number[];
  readonly explained: number;
  readonly covariance: number[];
  readonly baiNg: number;
  readonly eigenvalueRatio: number;
}

const returns = shareReturns();

describe('cross-sectional factor model', () => {
  const expected = golden<CrossSection>('factor-model/fixtures/cross-section.json');
  const { factors } = expected;
  const exposures = {
    values: Float64Array.from(expected.exposures),
    factors,
    weights: Float64Array.from(expected.weights),
    factorIds: ['country', 'style1', 'style2', 'industry'],
  };
  const fitted = crossSectionalFactorModel(returns, exposures);

  it('agrees with a weighted regression of each day by statsmodels', () => {
    expect(
      seen('Cross-sectional factor model', relativeDifference(fitted.factorReturns, expected.factorReturns)),
    ).toBeLessThan(1e-11);
    expect(seen('Cross-sectional factor model', relativeDifference(fitted.rSquared, expected.rSquared))).toBeLessThan(
      1e-11,
    );
    expect(
      seen(
        'Cross-sectional factor model',
        relativeDifference(fitted.model.factorCovariance, expected.factorCovariance),
      ),
    ).toBeLessThan(1e-11);
    expect(
      seen(
        'Cross-sectional factor model',
        relativeDifference(fitted.model.specificVariances, expected.specificVariances),
      ),
    ).toBeLessThan(1e-11);
    expect(
      seen(
        'Cross-sectional factor model',
        relativeDifference(fitted.tStatistics, expected.tStatistics),
        't-statistics',
      ),
    ).toBeLessThan(1e-10);
    expect(fitted.conditionNumber / expected.conditionNumber).toBeCloseTo(1, 10);
    expect(
      seen('Cross-sectional factor model', relativeDifference(toDense(fitted.model).values, expected.covariance)),
    ).toBeLessThan(1e-11);
  });

  it('a portfolio that is one factor earns that factor: returns made of factors alone are explained in full', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const given = seededReturns(seed, 30, 2);
        const loadings = seededReturns(seed + 1, 8, 2).values.map((value) => value * 100);
        const values = new Float64Array(30 * 8);
        for (let t = 0; t < 30; t++) {
          for (let i = 0; i < 8; i++) {
            values[t * 8 + i] =
              loadings[i * 2]! * given.values[t * 2]! + loadings[i * 2 + 1]! * given.values[t * 2 + 1]!;
          }
        }
        const exact = crossSectionalFactorModel(createReturns(values, 30, 8), { values: loadings, factors: 2 });
        expect(relativeDifference(exact.factorReturns, given.values)).toBeLessThan(1e-9);
        for (const share of exact.rSquared) expect(share).toBeCloseTo(1, 9);
        for (const variance of exact.model.specificVariances) expect(variance).toBeLessThan(1e-20);
      }),
      { numRuns: 20 },
    );
  });

  it('leaves assets without weight out of the regression, not out of the model', () => {
    const weights = Float64Array.from(expected.weights, (weight, i) => (i === 3 ? 0 : weight));
    const without = crossSectionalFactorModel(returns, { ...exposures, weights });
    const twisted = createReturns(
      returns.values.map((value, at) => (at % 20 === 3 ? -5 * value : value)),
      500,
      20,
    );
    const again = crossSectionalFactorModel(twisted, { ...exposures, weights });
    expect(relativeDifference(again.factorReturns, without.factorReturns)).toBeLessThan(1e-12);
    expect(without.model.size).toBe(20);
  });

  it('refuses dependent exposures, negative weights and fewer assets than factors', () => {
    const ones = { values: new Float64Array(40).fill(1), factors: 2 };
    expect(failureOf(() => crossSectionalFactorModel(returns, ones)).reason).toBe('outOfDomain');
    const negative = { ...exposures, weights: new Float64Array(20).fill(-1) };
    expect(failureOf(() => crossSectionalFactorModel(returns, negative)).details.field).toBe('weights');
    const few = failureOf(() =>
      crossSectionalFactorModel(seededReturns(1, 5, 2), { values: new Float64Array(6), factors: 3 }),
    );
    expect(few.details).toMatchObject({ observations: 2, needed: 3 });
  });
});

describe('statistical factor model', () => {
  const expected = golden<{ correlation: Statistical; covariance: Statistical; wideDays: number; wide: Statistical }>(
    'factor-model/fixtures/statistical.json',
  );
  const wide = createReturns(returns.values.slice(0, expected.wideDays * 20), expected.wideDays, 20);

  it.each([
    ['of correlations', returns, 'correlation', expected.correlation],
    ['of covariances', returns, 'covariance', expected.covariance],
    ['with more assets than days', wide, 'covariance', expected.wide],
  ] as const)('agrees with scikit-learn, %s', (_, given, of, numbers) => {
    const fitted = statisticalFactorModel(given, { factors: numbers.factors, of });
    expect(
      seen('Statistical factors', relativeDifference(fitted.eigenvalues, numbers.eigenvalues), 'covariance'),
    ).toBeLessThan(1e-12);
    expect(
      seen('Statistical factors', relativeDifference(fitted.model.exposures, numbers.exposures), 'exposures'),
    ).toBeLessThan(1e-10);
    expect(
      seen('Statistical factors', relativeDifference(fitted.factorReturns, numbers.factorReturns), 'exposures'),
    ).toBeLessThan(1e-10);
    expect(
      seen(
        'Statistical factors',
        relativeDifference(fitted.model.specificVariances, numbers.specificVariances),
        'covariance',
      ),
    ).toBeLessThan(1e-11);
    expect(
      seen('Statistical factors', relativeDifference(fitted.rSquared, numbers.rSquared), 'covariance'),
    ).toBeLessThan(1e-11);
    expect(fitted.explained).toBeCloseTo(numbers.explained, 12);
    expect(
      seen('Statistical factors', relativeDifference(toDense(fitted.model).values, numbers.covariance), 'covariance'),
    ).toBeLessThan(1e-11);
  });

  it('chooses the number of factors as the criteria written out do', () => {
    const most = 8;
    for (const [of, numbers] of [
      ['correlation', expected.correlation],
      ['covariance', expected.covariance],
    ] as const) {
      expect(statisticalFactorModel(returns, { factors: 'baiNg', most, of }).model.factors).toBe(numbers.baiNg);
      expect(statisticalFactorModel(returns, { factors: 'eigenvalueRatio', most, of }).model.factors).toBe(
        numbers.eigenvalueRatio,
      );
    }
  });

  it('finds the three factors that made the returns, by each criterion', () => {
    const [days, assets, factors] = [400, 30, 3];
    const all = seededNormals(1, factors * (assets + days) + days * assets);
    const loadings = all.subarray(0, factors * assets);
    const scores = all.subarray(factors * assets, factors * (assets + days));
    const noise = all.subarray(factors * (assets + days));
    const values = noise.map((own, at) => {
      const [t, i] = [Math.floor(at / assets), at % assets];
      let value = own;
      for (let k = 0; k < factors; k++) value += 1.5 * loadings[i * factors + k]! * scores[t * factors + k]!;
      return value / 100;
    });
    const given = createReturns(values, days, assets);
    for (const choice of ['baiNg', 'eigenvalueRatio', 'marchenkoPastur'] as const) {
      const { model } = statisticalFactorModel(given, { factors: choice, most: 10, of: 'covariance' });
      expect(model.factors).toBe(factors);
    }
  });

  it('keeps every sample variance and is positive semi-definite, for any shape', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 3, max: 30 }), (seed, assets, days) => {
        const given = seededReturns(seed, days, assets);
        const { model, rSquared } = statisticalFactorModel(given, { factors: Math.min(2, assets) });
        expect(relativeDifference(model.variances, sampleCovariance(given).variances)).toBeLessThan(1e-11);
        expect(model.specificVariances.every((variance) => variance >= 0)).toBe(true);
        expect(rSquared.every((share) => share >= 0 && share <= 1)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('of correlations refuses an asset without variance, of covariances does not', () => {
    const still = createReturns(
      returns.values.map((value, at) => (at % 20 === 4 ? 0 : value)),
      500,
      20,
      returns.ids,
    );
    expect(failureOf(() => statisticalFactorModel(still)).details.ids).toEqual([returns.ids[4]]);
    expect(statisticalFactorModel(still, { of: 'covariance' }).rSquared[4]).toBe(0);
  });

  it('refuses more factors than there are', () => {
    expect(failureOf(() => statisticalFactorModel(wide, { factors: 13 })).details.field).toBe('factors');
  });
});
