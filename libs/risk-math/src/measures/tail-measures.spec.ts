import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden, portfolioReturns, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { RandomStream } from '../random/random-stream.js';
import { ageWeightedFigures } from './age-weighted.js';
import { cornishFisherFigures, isCornishFisherDomain, lossMoments } from './cornish-fisher.js';
import { gaussianEs, gaussianVar } from './gaussian.js';
import { historicalEs } from './historical.js';
import { type PeaksOverThreshold, peaksOverThreshold } from './peaks-over-threshold.js';
import { studentTFigures } from './student-t.js';

interface Golden {
  weights: number[];
  lambda: number;
  ageWeighted: Record<string, { var: number; es: number }>;
  cornishFisherLosses: number[];
  cornishFisher: { skewness: number; excessKurtosis: number; deviation: number; var: number; es: number };
  studentT: Record<string, { var: number; es: number }>;
  peaks: Record<string, PeaksOverThreshold>;
}

const expected = golden<Golden>('measures/fixtures/tail-measures.json');
const weights = Float64Array.from(expected.weights);
const covariance = sampleCovariance(shareReturns());
const losses = portfolioReturns(expected.weights).map((value) => -value);

describe('age-weighted historical measures', () => {
  it('agree with NumPy’s weighted quantile and the shortfall program', () => {
    for (const [confidence, { var: valueAtRisk, es }] of Object.entries(expected.ageWeighted)) {
      const figures = ageWeightedFigures(losses, Number(confidence), expected.lambda);
      expect(seen('Age-weighted VaR; ES', figures.var / valueAtRisk - 1)).toBeLessThan(1e-13);
      expect(seen('Age-weighted VaR; ES', figures.es / es - 1)).toBeLessThan(1e-11);
    }
  });

  it('with hardly any decay are the plain ones, and follow the order of time, not of losses', () => {
    const plain = ageWeightedFigures(losses, 0.95, 1 - 1e-13);
    expect(plain.es / historicalEs(losses, 0.95)).toBeCloseTo(1, 9);
    const calm = new Float64Array(100);
    calm[99] = 1;
    const early = Float64Array.from(calm).reverse();
    expect(ageWeightedFigures(calm, 0.9, 0.8).var).toBe(1);
    expect(ageWeightedFigures(early, 0.9, 0.8).var).toBe(0);
  });

  it('refuse a decay that is none and too few losses', () => {
    expect(failureOf(() => ageWeightedFigures(losses, 0.95, 1)).details.field).toBe('lambda');
    expect(failureOf(() => ageWeightedFigures(new Float64Array(1), 0.95, 0.9)).reason).toBe('tooFewObservations');
    expect(failureOf(() => ageWeightedFigures(Float64Array.of(NaN, 0), 0.95, 0.9)).reason).toBe('invalidInput');
  });
});

describe('Cornish–Fisher', () => {
  const mild = Float64Array.from(expected.cornishFisherLosses);

  it('agrees with SciPy’s moments and the integral of the expansion', () => {
    const moments = lossMoments(mild);
    expect(seen('Cornish–Fisher VaR; ES', moments.skewness / expected.cornishFisher.skewness - 1)).toBeLessThan(1e-11);
    expect(
      seen('Cornish–Fisher VaR; ES', moments.excessKurtosis / expected.cornishFisher.excessKurtosis - 1),
    ).toBeLessThan(1e-11);
    expect(seen('Cornish–Fisher VaR; ES', moments.deviation / expected.cornishFisher.deviation - 1)).toBeLessThan(
      1e-12,
    );
    const figures = cornishFisherFigures(moments, { confidence: 0.99, horizonDays: 1 });
    expect(seen('Cornish–Fisher VaR; ES', figures.var / expected.cornishFisher.var - 1)).toBeLessThan(1e-11);
    expect(seen('Cornish–Fisher VaR; ES', figures.es / expected.cornishFisher.es - 1)).toBeLessThan(1e-10);
  });

  it('without skewness and kurtosis is Gaussian over any horizon', () => {
    const w = new Float64Array([1]);
    const one = createCovariance(new Float64Array([4e-4]), 1);
    const normal = { deviation: 0.02, skewness: 0, excessKurtosis: 0 };
    for (const specification of [
      { confidence: 0.95, horizonDays: 1 },
      { confidence: 0.99, horizonDays: 20 },
    ]) {
      const figures = cornishFisherFigures(normal, specification, 0.001);
      expect(figures.var).toBeCloseTo(gaussianVar(one, w, specification, 0.001), 15);
      expect(figures.es).toBeCloseTo(gaussianEs(one, w, specification, 0.001), 15);
    }
    const skewed = { deviation: 0.02, skewness: 0.5, excessKurtosis: 2 };
    const long = cornishFisherFigures(skewed, { confidence: 0.99, horizonDays: 250 });
    expect(long.var / gaussianVar(one, w, { confidence: 0.99, horizonDays: 250 })).toBeCloseTo(1, 1);
  });

  it('has a domain in which the expansion rises everywhere, and nowhere else', () => {
    const shape = fc.record({ s: fc.integer({ min: -30, max: 30 }), k: fc.integer({ min: -20, max: 120 }) });
    fc.assert(
      fc.property(shape, (tenths) => {
        const [s, k] = [tenths.s / 10, tenths.k / 10];
        let lowest = Infinity;
        for (let u = -12; u <= 12; u += 0.005) {
          const z = Math.sinh(u);
          lowest = Math.min(lowest, (k / 8 - s ** 2 / 6) * z * z + (s / 3) * z + 1 - k / 8 + (5 * s ** 2) / 36);
        }
        if (Math.abs(lowest) > 1e-3) expect(isCornishFisherDomain(s, k)).toBe(lowest > 0);
      }),
      { numRuns: 200 },
    );
    const wild = { deviation: 0.02, skewness: 2, excessKurtosis: 1 };
    expect(failureOf(() => cornishFisherFigures(wild, { confidence: 0.95, horizonDays: 1 })).reason).toBe(
      'outOfDomain',
    );
  });

  it('has moments that do not depend on scale, and refuses what has no shape', () => {
    for (const scale of [1e-12, 1e6]) {
      const scaled = lossMoments(mild.map((value) => value * scale));
      expect(scaled.skewness).toBeCloseTo(lossMoments(mild).skewness, 10);
      expect(scaled.deviation / scale / lossMoments(mild).deviation).toBeCloseTo(1, 11);
    }
    expect(failureOf(() => lossMoments(new Float64Array(10).fill(0.3))).reason).toBe('outOfDomain');
    expect(failureOf(() => lossMoments(new Float64Array(3))).reason).toBe('tooFewObservations');
    expect(failureOf(() => lossMoments(Float64Array.of(1, 2, 3, NaN))).reason).toBe('invalidInput');
  });
});

describe('Student t measures', () => {
  const one = createCovariance(new Float64Array([1]), 1);
  const unit = Float64Array.of(1);

  it.each(Object.keys(expected.studentT))('agree with SciPy at %s', (key) => {
    const [confidence, degreesOfFreedom] = key.split('/').map(Number) as [number, number];
    const figures = studentTFigures(one, unit, { confidence, horizonDays: 1 }, degreesOfFreedom);
    expect(seen('Student t VaR; ES', figures.var / expected.studentT[key]!.var - 1, 'VaR')).toBeLessThan(1e-11);
    expect(seen('Student t VaR; ES', figures.es / expected.studentT[key]!.es - 1, 'ES')).toBeLessThan(1e-9);
  });

  it('with many degrees of freedom are Gaussian, over any horizon and with a mean', () => {
    const specification = { confidence: 0.99, horizonDays: 10 };
    const figures = studentTFigures(covariance, weights, specification, 1e7, 0.001);
    expect(figures.var / gaussianVar(covariance, weights, specification, 0.001)).toBeCloseTo(1, 6);
    expect(figures.es / gaussianEs(covariance, weights, specification, 0.001)).toBeCloseTo(1, 6);
    expect(studentTFigures(covariance, new Float64Array(20), specification, 5)).toEqual({ var: 0, es: 0 });
  });

  it.each([2, 1, NaN, Infinity])('refuse %d degrees of freedom: there is no variance', (degreesOfFreedom) => {
    const failure = failureOf(() => studentTFigures(one, unit, { confidence: 0.95, horizonDays: 1 }, degreesOfFreedom));
    expect(failure.details.field).toBe('degreesOfFreedom');
  });
});

describe('peaks over threshold', () => {
  it.each(Object.keys(expected.peaks))('agree with the score equations solved by SciPy at %s', (key) => {
    const [confidence, tailShare] = key.split('/').map(Number) as [number, number];
    const wanted = expected.peaks[key]!;
    const actual = peaksOverThreshold(losses, confidence, { tailShare });
    expect(seen('Peaks over threshold', actual.threshold / wanted.threshold - 1, 'VaR')).toBeLessThan(1e-12);
    expect(actual.excesses).toBe(wanted.excesses);
    expect(seen('Peaks over threshold', actual.shape - wanted.shape, 'shape, scale')).toBeLessThan(1e-10);
    expect(seen('Peaks over threshold', actual.scale / wanted.scale - 1, 'shape, scale')).toBeLessThan(1e-9);
    expect(actual.logLikelihood).toBeGreaterThan(wanted.logLikelihood - 1e-6);
    expect(
      seen('Peaks over threshold', actual.shapeStandardError! / wanted.shapeStandardError! - 1, 'errors'),
    ).toBeLessThan(1e-6);
    expect(
      seen('Peaks over threshold', actual.scaleStandardError! / wanted.scaleStandardError! - 1, 'errors'),
    ).toBeLessThan(1e-6);
    expect(seen('Peaks over threshold', actual.var / wanted.var - 1, 'VaR')).toBeLessThan(1e-9);
    expect(seen('Peaks over threshold', actual.es! / wanted.es! - 1, 'ES')).toBeLessThan(1e-8);
  });

  it.each([-0.3, 0, 0.2, 0.6])('find a shape of %d again within three standard errors', (shape) => {
    const stream = new RandomStream(11).moveTo(Math.round(shape * 10) + 10);
    const sample = Float64Array.from({ length: 4000 }, () => {
      const u = stream.uniform();
      return 0.02 * (shape === 0 ? -Math.log(u) : (u ** -shape - 1) / shape);
    });
    const fit = peaksOverThreshold(sample, 0.99, { threshold: 0 });
    expect(Math.abs(fit.shape - shape)).toBeLessThan(3 * fit.shapeStandardError!);
    expect(Math.abs(fit.scale - 0.02)).toBeLessThan(3 * fit.scaleStandardError!);
  });

  it('scale with the losses and move with them', () => {
    const base = peaksOverThreshold(losses, 0.99);
    for (const scale of [1e-12, 1e6]) {
      const scaled = peaksOverThreshold(
        losses.map((value) => value * scale),
        0.99,
      );
      expect(scaled.shape).toBeCloseTo(base.shape, 8);
      expect(scaled.es! / base.es! / scale).toBeCloseTo(1, 9);
    }
    const moved = peaksOverThreshold(
      losses.map((value) => value + 1),
      0.99,
    );
    expect(moved.var).toBeCloseTo(base.var + 1, 9);
  });

  it('have no ES where the tail has no mean', () => {
    const stream = new RandomStream(5);
    const heavy = Float64Array.from({ length: 2000 }, () => (stream.uniform() ** -1.5 - 1) / 1.5);
    const fit = peaksOverThreshold(heavy, 0.99, { threshold: 0 });
    expect(fit.shape).toBeGreaterThan(1);
    expect(fit.es).toBeNull();
  });

  it('refuse a tail too short, a confidence before the threshold, and a share that is none', () => {
    expect(failureOf(() => peaksOverThreshold(losses, 0.99, { tailShare: 0.02 })).reason).toBe('tooFewObservations');
    expect(failureOf(() => peaksOverThreshold(losses, 0.8)).reason).toBe('outOfDomain');
    expect(failureOf(() => peaksOverThreshold(losses, 0.99, { tailShare: 0.5 })).details.field).toBe('tailShare');
    expect(failureOf(() => peaksOverThreshold(losses, 0.99, { threshold: NaN })).details.field).toBe('threshold');
    expect(failureOf(() => peaksOverThreshold(new Float64Array(0), 0.99)).reason).toBe('tooFewObservations');
  });
});
