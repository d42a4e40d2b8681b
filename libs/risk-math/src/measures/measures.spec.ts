import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, returnsWithMarket, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { type QuantileRule, defaultRiskSpecification } from '../foundation/conventions.js';
import { createCovariance } from '../model/covariance.js';
import { createScenarios } from '../returns/scenarios.js';
import { beta, trackingError } from './benchmark-relative.js';
import { concentration } from './concentration.js';
import { exposure } from './exposure.js';
import { gaussianEs, gaussianVar, volatility } from './gaussian.js';
import { historicalEs, historicalFigures, historicalVar, scenarioLosses, shortfallWeights } from './historical.js';

interface Tail {
  var: Record<QuantileRule, number>;
  es: number;
}
interface Golden {
  weights: number[];
  volatility: number;
  gaussian: Record<string, { var: number; es: number }>;
  historical: Record<string, Tail>;
  historicalTenDays: Record<string, Tail>;
  trackingError: number;
  beta: number;
  jointCovariance: number[];
}

const expected = golden<Golden>('measures/fixtures/measures.json');
const weights = Float64Array.from(expected.weights);
const covariance = sampleCovariance(shareReturns());
const rules: QuantileRule[] = ['type1', 'type6', 'type7', 'type8'];

describe('Gaussian measures', () => {
  it('agree with SciPy', () => {
    expect(seen('Gaussian VaR and ES', volatility(covariance, weights) / expected.volatility - 1)).toBeLessThan(1e-13);
    for (const [key, { var: valueAtRisk, es }] of Object.entries(expected.gaussian)) {
      const [confidence, horizonDays] = key.split('/').map(Number) as [number, number];
      expect(
        seen('Gaussian VaR and ES', gaussianVar(covariance, weights, { confidence, horizonDays }) / valueAtRisk - 1),
      ).toBeLessThan(1e-12);
      expect(
        seen('Gaussian VaR and ES', gaussianEs(covariance, weights, { confidence, horizonDays }) / es - 1),
      ).toBeLessThan(1e-11);
    }
  });

  it('take a mean off when given one, and may then be a gain', () => {
    const specification = { confidence: 0.95, horizonDays: 5 };
    const centred = gaussianVar(covariance, weights, specification);
    expect(gaussianVar(covariance, weights, specification, 0.001)).toBeCloseTo(centred - 0.005, 15);
    expect(gaussianVar(covariance, weights, specification, 1)).toBeLessThan(0);
  });

  it.each([0.05, 0.5, 1, NaN])('refuse %d for a confidence: it is the level', (confidence) => {
    const failure = failureOf(() => gaussianVar(covariance, weights, { confidence, horizonDays: 1 }));
    expect(failure.reason).toBe('invalidInput');
    expect(failure.details.field).toBe('confidence');
  });

  it('scale with the portfolio and are 0 without positions', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, w, factor) => {
        const matrix = seededCovariance(seed, 6);
        const larger = w.map((weight) => -weight * factor);
        expect(volatility(matrix, larger)).toBeCloseTo(volatility(matrix, w) * factor, 10);
      }),
      { numRuns: 50 },
    );
    expect(volatility(covariance, new Float64Array(20))).toBe(0);
  });

  it('are 0 for a perfect hedge, not a root of a negative', () => {
    const twins = createCovariance(new Float64Array([0.0001, 0.0001, 0.0001, 0.0001]), 2);
    expect(volatility(twins, new Float64Array([0.1, -0.1]))).toBe(0);
  });
});

describe('historical measures', () => {
  const oneDay = createScenarios(shareReturns(), defaultRiskSpecification);
  const losses = scenarioLosses(oneDay, weights);

  it.each(Object.keys(expected.historical))('agree with NumPy and skfolio at %s, for every quantile rule', (level) => {
    const { var: byRule, es } = expected.historical[level]!;
    for (const rule of rules)
      expect(
        seen('Historical VaR, types', historicalVar(losses, Number(level), rule) - byRule[rule], 'VaR'),
      ).toBeLessThan(1e-15);
    expect(seen('Historical VaR, types', historicalEs(losses, Number(level)) / es - 1, 'ES')).toBeLessThan(1e-12);
  });

  it('agree over ten overlapping days', () => {
    const tenDays = createScenarios(shareReturns(), { horizonDays: 10, scaling: 'overlapping' });
    for (const [level, { var: byRule, es }] of Object.entries(expected.historicalTenDays)) {
      const own = scenarioLosses(tenDays, weights);
      for (const rule of rules)
        expect(
          seen('Historical VaR, types', historicalVar(own, Number(level), rule) - byRule[rule], 'VaR'),
        ).toBeLessThan(1e-14);
      expect(seen('Historical VaR, types', historicalEs(own, Number(level)) / es - 1, 'ES')).toBeLessThan(1e-11);
    }
  });

  it('are multiplied by √h when the horizon is scaled', () => {
    const scaled = createScenarios(shareReturns(), { horizonDays: 4, scaling: 'sqrt' });
    const specification = { confidence: 0.95, quantileRule: 'type7' } as const;
    const one = historicalFigures(oneDay, weights, specification);
    const four = historicalFigures(scaled, weights, specification);
    expect(four.var).toBeCloseTo(2 * one.var, 15);
    expect(four.es).toBeCloseTo(2 * one.es, 15);
  });

  it('may be a gain, and are not cut off at 0', () => {
    const gains = Float64Array.from({ length: 100 }, (_, t) => -0.01 - t / 10_000);
    expect(historicalVar(gains, 0.95)).toBeLessThan(0);
    expect(historicalEs(gains, 0.95)).toBeCloseTo(-0.0102, 12);
  });

  it('take a fraction of the boundary loss when the tail is not a whole number of days', () => {
    const losses12 = Float64Array.from({ length: 12 }, (_, t) => t + 1);
    // 10 % of 12 days: the worst whole and 0.2 of the next.
    expect(historicalEs(losses12, 0.9)).toBeCloseTo((12 + 0.2 * 11) / 1.2, 12);
  });

  it('shortfall weights sum to one, give the figure, and treat equal losses alike', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 60 }),
        fc.double({ min: 0.51, max: 0.999, noNaN: true }),
        (values, confidence) => {
          const own = Float64Array.from(values);
          const { scenarios, weights: q } = shortfallWeights(own, confidence);
          const total = q.reduce((a, b) => a + b, 0);
          const mean = q.reduce((a, b, at) => a + b * own[scenarios[at]!]!, 0);
          expect(total).toBeCloseTo(1, 12);
          expect(mean).toBeCloseTo(historicalEs(own, confidence), 10);
          const byLoss = new Map<number, number>();
          scenarios.forEach((t, at) => {
            expect(byLoss.get(own[t]!) ?? q[at]!).toBe(q[at]);
            byLoss.set(own[t]!, q[at]!);
          });
        },
      ),
    );
  });

  it('order of scenarios does not matter, and ES is never below VaR', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 80 }), fc.constantFrom(...rules.slice(1)), (seed, days, rule) => {
        const own = scenarioLosses(
          createScenarios(seededReturns(seed, days, 2), defaultRiskSpecification),
          new Float64Array([1, -0.4]),
        );
        const reversed = Float64Array.from(own).reverse();
        expect(historicalVar(reversed, 0.95, rule)).toBe(historicalVar(own, 0.95, rule));
        expect(historicalEs(reversed, 0.95)).toBeCloseTo(historicalEs(own, 0.95), 15);
        expect(historicalEs(own, 0.95)).toBeGreaterThanOrEqual(historicalVar(own, 0.95, 'type7') - 1e-15);
      }),
      { numRuns: 100 },
    );
  });

  it('need two days', () => {
    expect(failureOf(() => historicalVar(new Float64Array([1]), 0.95)).reason).toBe('tooFewObservations');
  });
});

describe('benchmark-relative measures', () => {
  const joint = sampleCovariance(returnsWithMarket());
  const withMarket = Float64Array.from([...weights, 0]);
  const benchmark = new Float64Array(21);
  benchmark[20] = 1;

  it('agree with the standard deviation of the difference in returns, and with its regression', () => {
    expect(
      seen('Beta; concentration', trackingError(joint, withMarket, benchmark) / expected.trackingError - 1),
    ).toBeLessThan(1e-12);
    expect(seen('Beta; concentration', beta(joint, withMarket, benchmark) / expected.beta - 1)).toBeLessThan(1e-12);
  });

  it('are 0 and 1 for the benchmark itself', () => {
    expect(trackingError(joint, benchmark, benchmark)).toBe(0);
    expect(beta(joint, benchmark, benchmark)).toBeCloseTo(1, 15);
  });

  it('refuse a beta to a benchmark that does not move', () => {
    expect(failureOf(() => beta(joint, withMarket, new Float64Array(21))).reason).toBe('outOfDomain');
  });
});

describe('concentration', () => {
  it('adds up |w| by name: a short does not net a long', () => {
    const byIssuer = concentration([0.3, -0.2, 0.1, 0.4], ['A', 'A', 'B', 'C']);
    expect(byIssuer.largest).toBeCloseTo(0.5, 15);
    expect(byIssuer.largestName).toBe('A');
    expect(byIssuer.topFive).toBeCloseTo(1, 15);
    expect(byIssuer.herfindahl).toBeCloseTo(0.25 + 0.01 + 0.16, 15);
    expect(byIssuer.effectiveNumber).toBeCloseTo(1 / 0.42, 13);
  });

  it('of n equal names has the effective number n, whatever the leverage', () => {
    const equal = concentration(new Float64Array(8).fill(0.3), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(equal.effectiveNumber).toBeCloseTo(8, 12);
    expect(equal.topFive).toBeCloseTo(1.5, 14);
  });

  it('of nothing is 0, not a division by 0', () => {
    expect(concentration([], [])).toEqual({
      largest: 0,
      largestName: null,
      topFive: 0,
      herfindahl: 0,
      effectiveNumber: 0,
    });
  });
});

describe('exposure', () => {
  it('is gross, net and leverage without cash', () => {
    expect(exposure(new Float64Array([0.5, -0.25, 0.5]))).toEqual({ gross: 1.25, net: 0.75, leverage: 1.25 });
  });
});
