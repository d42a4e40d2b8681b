import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { covarianceFrom, dccForecast, filterDcc, fitCompositeDcc, fitDcc } from './dcc.js';
import { DccLikelihood } from './dcc-likelihood.js';
import { PairLikelihood } from './pair-likelihood.js';

const expected = golden<{
  residuals: number[];
  assets: string[];
  a: number;
  b: number;
  logLikelihood: number;
  standardErrors: [number, number];
  longRun: number[];
  next: number[];
  tenDaysAhead: number[];
  pairs: { a: number; b: number; logLikelihood: number; standardErrors: [number, number] };
}>('correlation/fixtures/dcc.json');
const residuals = createReturns(Float64Array.from(expected.residuals), 1000, 3, expected.assets);
const fit = fitDcc(residuals);

describe('dynamic conditional correlations', () => {
  it('reach the likelihood of SciPy on correlations formed day by day, its parameters and forecasts', () => {
    expect(fit.status).toBe('converged');
    expect(fit.logLikelihood).toBeGreaterThan(expected.logLikelihood - 1e-6);
    expect(seen('DCC', fit.logLikelihood - expected.logLikelihood, 'log-likelihood')).toBeLessThan(1e-6);
    expect(seen('DCC', Math.abs(fit.a - expected.a) / expected.standardErrors[0], 'parameters')).toBeLessThan(1e-3);
    expect(seen('DCC', Math.abs(fit.b - expected.b) / expected.standardErrors[1], 'parameters')).toBeLessThan(1e-3);
    expect(relativeDifference(fit.longRun, expected.longRun)).toBeLessThan(1e-12);
    expect(relativeDifference(fit.next, expected.next)).toBeLessThan(1e-5);
    expect(relativeDifference(dccForecast(fit, 10), expected.tenDaysAhead)).toBeLessThan(1e-5);
    expect(fit.standardErrors.a! / expected.standardErrors[0]).toBeCloseTo(1, 2);
    expect(fit.standardErrors.b! / expected.standardErrors[1]).toBeCloseTo(1, 2);
  });

  it('go on with the parameters of a fit: the same correlations on its own days, others with a further day', () => {
    expect(filterDcc(residuals, fit)).toEqual({ a: fit.a, b: fit.b, longRun: fit.longRun, next: fit.next });
    const more = createReturns(Float64Array.of(...residuals.values, 3, 3, -3), 1001, 3);
    const filtered = filterDcc(more, fit);
    expect(filtered.next[1]).toBeGreaterThan(fit.next[1]!);
    expect(filtered.next[2]).toBeLessThan(fit.next[2]!);
    expect(failureOf(() => filterDcc(residuals, { a: 0.5, b: 0.5 })).reason).toBe('outOfDomain');
  });

  it('have analytic scores', () => {
    const { values } = seededReturns(5, 200, 4, 1);
    const target = new Float64Array(16);
    for (let row = 0; row < 800; row += 4) {
      for (let p = 0; p < 16; p++) target[p]! += (values[row + (p >> 2)]! * values[row + (p & 3)]!) / 200;
    }
    const likelihood = new DccLikelihood(values, target, 4);
    const at = Float64Array.of(0.04, 0.9);
    const gradient = new Float64Array(2);
    likelihood.gradient(at, gradient);
    for (const j of [0, 1]) {
      const moved = (by: number): number => likelihood.value(at.map((value, i) => (i === j ? value + by : value)));
      const central = (8 * (moved(1e-4) - moved(-1e-4)) - (moved(2e-4) - moved(-2e-4))) / 12e-4;
      expect(gradient[j]! / central).toBeCloseTo(1, 6);
    }
  });

  it('by pairs of neighbours reach the composite likelihood of SciPy, from the last parameters as well', () => {
    const { pairs } = expected;
    for (const found of [fitCompositeDcc(residuals), fitCompositeDcc(residuals, { warmStart: { a: 0.2, b: 0.4 } })]) {
      expect(found.status).toBe('converged');
      expect(seen('DCC', found.logLikelihood - pairs.logLikelihood, 'log-likelihood')).toBeLessThan(1e-6);
      expect(found.logLikelihood).toBeGreaterThan(pairs.logLikelihood - 1e-6);
      expect(seen('DCC', Math.abs(found.a - pairs.a) / pairs.standardErrors[0], 'parameters')).toBeLessThan(1e-3);
      expect(seen('DCC', Math.abs(found.b - pairs.b) / pairs.standardErrors[1], 'parameters')).toBeLessThan(1e-3);
      expect(found.standardErrors.a! / pairs.standardErrors[0]).toBeCloseTo(1, 2);
      expect(found.standardErrors.b! / pairs.standardErrors[1]).toBeCloseTo(1, 2);
      expect(found.next).toEqual(filterDcc(residuals, found).next);
    }
  });

  it('of a single pair have the full likelihood, its scores and its estimate', () => {
    const two = createReturns(
      Float64Array.from({ length: 2000 }, (_, at) => residuals.values[3 * (at >> 1) + (at & 1)]!),
      1000,
      2,
    );
    const [full, pair] = [fitDcc(two), fitCompositeDcc(two)];
    expect(pair.logLikelihood).toBeCloseTo(full.logLikelihood, 9);
    expect(relativeDifference(pair.next, full.next)).toBeLessThan(1e-6);
    const target = Float64Array.of(1, 0.4, 0.4, 1);
    const at = Float64Array.of(0.05, 0.9);
    const likelihoods = [new DccLikelihood(two.values, target, 2), new PairLikelihood(two.values, target, 2)];
    const slopes = likelihoods.map((likelihood) => {
      const gradient = new Float64Array(2);
      return [likelihood.gradient(at, gradient), ...gradient, ...likelihood.curvature(at)];
    });
    expect(relativeDifference(slopes[1]!, slopes[0]!)).toBeLessThan(1e-10);
  });

  it('are correlations, whatever the residuals and their units', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 5 }), fc.constantFrom(1e-12, 1, 1e6), (seed, assets, factor) => {
        const own = seededReturns(seed, 120, assets, 1);
        const found = fitDcc(
          createReturns(
            own.values.map((value) => value * factor),
            120,
            assets,
          ),
        );
        expect(found.a >= 0 && found.b >= 0 && found.a + found.b < 1).toBe(true);
        for (const matrix of [found.next, found.longRun, dccForecast(found, 7)]) {
          matrix.forEach((value, p) => {
            expect(Number.isFinite(value)).toBe(true);
            expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
            if (p % (assets + 1) === 0) expect(value).toBeCloseTo(1, 12);
          });
        }
        expect(Number.isFinite(found.logLikelihood) && Number.isFinite(found.residual)).toBe(true);
        const byPairs = fitCompositeDcc(own);
        expect(byPairs.a >= 0 && byPairs.b >= 0 && byPairs.a + byPairs.b < 1).toBe(true);
        expect(byPairs.next.every((value) => Math.abs(value) <= 1 + 1e-12)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('do not depend on the order of the assets', () => {
    const order = [2, 0, 1];
    const turned = fitDcc(
      createReturns(
        Float64Array.from({ length: 3000 }, (_, at) => residuals.values[Math.floor(at / 3) * 3 + order[at % 3]!]!),
        1000,
        3,
      ),
    );
    expect(turned.logLikelihood).toBeCloseTo(fit.logLikelihood, 7);
    expect(turned.next[1]!).toBeCloseTo(fit.next[2 * 3]!, 6);
  });

  it('a day ahead are those of the next day, far ahead those of the long run', () => {
    expect(dccForecast(fit, 1)).toEqual(fit.next);
    expect(relativeDifference(dccForecast(fit, 20_000), fit.longRun)).toBeLessThan(1e-6);
    expect(failureOf(() => dccForecast(fit, 0)).details.field).toBe('days');
  });

  it('with variances are a covariance that has them on its diagonal', () => {
    const variances = Float64Array.of(1e-4, 4e-4, 2e-4);
    const covariance = covarianceFrom(fit.next, variances, expected.assets);
    expect(covariance.variances).toEqual(variances);
    expect(covariance.values[1]! / Math.sqrt(4e-8)).toBeCloseTo(fit.next[1]!, 14);
    expect(failureOf(() => covarianceFrom(fit.next, Float64Array.of(1, 1))).details.field).toBe('correlations');
  });

  it('refuse one asset, too few days, residuals of 0, copies of each other, and NaN', () => {
    expect(failureOf(() => fitDcc(seededReturns(1, 200, 1))).reason).toBe('outOfDomain');
    expect(failureOf(() => fitDcc(seededReturns(1, 99, 2))).reason).toBe('tooFewObservations');
    const { values } = seededReturns(1, 200, 2);
    const withZeros = values.map((value, at) => (at % 2 === 0 ? 0 : value));
    expect(failureOf(() => fitDcc(createReturns(withZeros, 200, 2))).reason).toBe('outOfDomain');
    const twins = values.map((_, at) => values[at - (at % 2)]!);
    expect(failureOf(() => fitDcc(createReturns(twins, 200, 2))).reason).toBe('notPositiveSemiDefinite');
    const broken = { values: values.map((value, at) => (at === 5 ? NaN : value)), observations: 200, assets: 2 };
    expect(failureOf(() => fitDcc(broken)).reason).toBe('invalidInput');
  });
});
