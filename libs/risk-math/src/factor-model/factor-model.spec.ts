import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { fundReturns, golden, marketReturns, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { seen } from '../../test/support/seen.js';
import { createReturns, type Returns } from '../model/returns.js';
import { multiply, quadraticForm, subCovariance, toDense } from '../model/risk-model-matrix.js';
import { sampleCovariance } from '../covariance/sample.js';
import { relativeFactors } from './relative-factors.js';
import { timeSeriesFactorModel } from './time-series.js';

interface Golden {
  intercepts: number[];
  exposures: number[];
  factorCovariance: number[];
  specificVariances: number[];
  rSquared: number[];
  tStatistics: number[];
  conditionNumber: number;
  covariance: number[];
}

const expected = golden<Golden>('factor-model/fixtures/time-series.json');
const factors = relativeFactors({ id: 'SP500', values: marketReturns() }, fundReturns());
const fitted = timeSeriesFactorModel(shareReturns(), factors);

describe('time-series factor model', () => {
  it('agrees with statsmodels on SP500 and five funds over it', () => {
    expect(seen('Time-series factor model', relativeDifference(fitted.intercepts, expected.intercepts))).toBeLessThan(
      1e-11,
    );
    expect(
      seen('Time-series factor model', relativeDifference(fitted.model.exposures, expected.exposures)),
    ).toBeLessThan(1e-11);
    expect(
      seen('Time-series factor model', relativeDifference(fitted.model.factorCovariance, expected.factorCovariance)),
    ).toBeLessThan(1e-12);
    expect(
      seen('Time-series factor model', relativeDifference(fitted.model.specificVariances, expected.specificVariances)),
    ).toBeLessThan(1e-12);
    expect(seen('Time-series factor model', relativeDifference(fitted.rSquared, expected.rSquared))).toBeLessThan(
      1e-12,
    );
    expect(
      seen('Time-series factor model', relativeDifference(fitted.tStatistics, expected.tStatistics), 't-statistics'),
    ).toBeLessThan(1e-11);
    expect(seen('Condition number', fitted.conditionNumber / expected.conditionNumber - 1)).toBeLessThan(1e-9);
    expect(fitted.observations).toBe(500);
  });

  it('of assets times a number has exposures times it, of factors times a number divided by it; the rest of the fit stays', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: -9, max: 5 }), fc.integer({ min: -9, max: 5 }), (seed, a, f) => {
        const [assets, few] = [seededReturns(seed, 40, 5), seededReturns(seed + 1, 40, 3)];
        const times = (returns: Returns, by: number) =>
          createReturns(
            returns.values.map((value) => value * by),
            returns.observations,
            returns.assets,
          );
        const [own, other] = [10 ** a, 10 ** f];
        const plain = timeSeriesFactorModel(assets, few);
        const scaled = timeSeriesFactorModel(times(assets, own), times(few, other));
        const by = own / other;
        const near = (actual: Float64Array, wanted: Float64Array) =>
          expect(relativeDifference(actual, wanted)).toBeLessThan(1e-9);
        near(
          scaled.model.exposures,
          plain.model.exposures.map((value) => value * by),
        );
        near(
          scaled.intercepts,
          plain.intercepts.map((value) => value * own),
        );
        near(
          scaled.model.specificVariances,
          plain.model.specificVariances.map((value) => value * own * own),
        );
        near(scaled.rSquared, plain.rSquared);
        near(scaled.tStatistics, plain.tStatistics);
        expect(scaled.conditionNumber / plain.conditionNumber).toBeCloseTo(1, 9);
      }),
    );
  });

  it('has the variances of its assets, whatever they and its factors are; and they may come in any order', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, count) => {
        const [assets, few] = [seededReturns(seed, 60, 6), seededReturns(seed + 1, 60, count)];
        const { model, rSquared } = timeSeriesFactorModel(assets, few);
        const sample = sampleCovariance(assets);
        const dense = toDense(model);
        for (let i = 0; i < 6; i++) {
          // What the factors explain and the rest, the latter over the degrees of freedom that the exposures leave.
          const rest = (model.specificVariances[i]! * (59 - count)) / 59;
          const explained = dense.values[i * 6 + i]! - model.specificVariances[i]!;
          expect((explained + rest) / sample.variances[i]!).toBeCloseTo(1, 9);
          expect(explained / sample.variances[i]!).toBeCloseTo(rSquared[i]!, 9);
        }
        const backwards = createReturns(
          Float64Array.from(assets.values, (_, at) => assets.values[at - (at % 6) + 5 - (at % 6)]!),
          60,
          6,
        );
        const turned = timeSeriesFactorModel(backwards, few);
        expect(relativeDifference(turned.rSquared, Float64Array.from(rSquared).reverse())).toBeLessThan(1e-9);
      }),
    );
  });

  it('names its factors: the market and what each fund returns over it', () => {
    expect(fitted.model.factorIds).toEqual([
      'SP500',
      'MTUM-SP500',
      'QUAL-SP500',
      'SIZE-SP500',
      'USMV-SP500',
      'VLUE-SP500',
    ]);
  });

  it('written out is B F Bᵀ + diag(d), and both forms multiply alike', () => {
    const dense = toDense(fitted.model);
    expect(relativeDifference(dense.values, expected.covariance)).toBeLessThan(1e-12);
    expect(relativeDifference(fitted.model.variances, dense.variances)).toBeLessThan(1e-14);
    const weights = Float64Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? -0.04 : 0.08));
    expect(relativeDifference(multiply(fitted.model, weights), multiply(dense, weights))).toBeLessThan(1e-13);
    expect(quadraticForm(fitted.model, weights) / quadraticForm(dense, weights)).toBeCloseTo(1, 13);
  });

  it('explains a series that is one of its factors in full, without a number that is not finite', () => {
    const market = createReturns(marketReturns(), 500, 1, ['SP500']);
    const { model, rSquared, tStatistics } = timeSeriesFactorModel(market, factors);
    expect(rSquared[0]).toBeCloseTo(1, 14);
    expect(model.exposures[0]).toBeCloseTo(1, 13);
    expect(model.specificVariances[0]!).toBeLessThan(1e-25);
    expect(tStatistics.every(Number.isFinite)).toBe(true);
  });

  it('does not care in which unit or order assets and factors come', () => {
    const shares = shareReturns();
    for (const scale of [1e-12, 1e6]) {
      const scaled = timeSeriesFactorModel(
        createReturns(
          shares.values.map((value) => value * scale),
          500,
          20,
        ),
        createReturns(
          factors.values.map((value) => value * scale),
          500,
          6,
        ),
      );
      expect(relativeDifference(scaled.model.exposures, fitted.model.exposures)).toBeLessThan(1e-10);
      expect(relativeDifference(scaled.tStatistics, fitted.tStatistics)).toBeLessThan(1e-9);
      const back = scaled.model.specificVariances.map((value) => value / scale / scale);
      expect(relativeDifference(back, fitted.model.specificVariances)).toBeLessThan(1e-10);
    }
    const reversed = timeSeriesFactorModel(
      shares,
      createReturns(
        factors.values.map((_, at) => factors.values[at - (at % 6) + 5 - (at % 6)]!),
        500,
        6,
      ),
    );
    const turned = reversed.model.exposures.map((_, at) => reversed.model.exposures[at - (at % 6) + 5 - (at % 6)]!);
    expect(relativeDifference(turned, fitted.model.exposures)).toBeLessThan(1e-10);
    expect(relativeDifference(reversed.rSquared, fitted.rSquared)).toBeLessThan(1e-11);
  });

  it('an asset that does not move has no exposure, no risk and explains nothing', () => {
    const { model, rSquared, tStatistics } = timeSeriesFactorModel(
      createReturns(new Float64Array(500), 500, 1),
      factors,
    );
    expect(model.variances[0]!).toBeLessThan(1e-30);
    expect(rSquared[0]).toBe(0);
    expect(tStatistics.every(Number.isFinite)).toBe(true);
  });

  it('refuses NaN, naming its place', () => {
    const bad = createReturns(Float64Array.from(factors.values), 500, 6);
    bad.values[3] = NaN;
    expect(failureOf(() => timeSeriesFactorModel(shareReturns(), bad)).message).toContain('factors[3]');
  });

  it('refuses factors that depend on each other', () => {
    const one = seededReturns(4, 50, 2);
    const doubled = createReturns(
      Float64Array.from(
        { length: 150 },
        (_, at) => one.values[Math.floor(at / 3) * 2 + (at % 3 === 2 ? 0 : at % 3)]! * (at % 3 === 2 ? 2 : 1),
      ),
      50,
      3,
    );
    expect(failureOf(() => timeSeriesFactorModel(one, doubled)).reason).toBe('outOfDomain');
  });

  it('needs two days more than factors', () => {
    const failure = failureOf(() => timeSeriesFactorModel(seededReturns(1, 6, 3), seededReturns(2, 6, 5)));
    expect(failure.reason).toBe('tooFewObservations');
    expect(failure.details.needed).toBe(7);
  });
});

describe('covariance of leaves', () => {
  it('may hold an instrument twice, and then is that instrument twice', () => {
    const covariance = sampleCovariance(shareReturns());
    const leaves = subCovariance(covariance, [3, 0, 3], ['a', 'b', 'c']);
    expect(leaves.values[0]).toBe(covariance.values[3 * 20 + 3]);
    expect(leaves.values[2]).toBe(leaves.values[0]);
    expect(leaves.values[1]).toBe(covariance.values[3 * 20]);
    expect(leaves.ids).toEqual(['a', 'b', 'c']);
  });
});
