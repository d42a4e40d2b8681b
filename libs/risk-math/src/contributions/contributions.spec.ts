import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, returnsWithMarket, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { defaultRiskSpecification } from '../foundation/conventions.js';
import { gaussianEs, gaussianVar, volatility } from '../measures/gaussian.js';
import { historicalFigures, scenarioLosses } from '../measures/historical.js';
import { createReturns } from '../model/returns.js';
import { createScenarios } from '../returns/scenarios.js';
import { aggregate } from './aggregate.js';
import {
  gaussianEsContributions,
  gaussianVarContributions,
  trackingErrorContributions,
  volatilityContributions,
} from './euler.js';
import { historicalEsContributions, historicalVarContributions } from './historical.js';
import {
  incrementalGaussianEs,
  incrementalGaussianVar,
  incrementalHistorical,
  incrementalHistoricalOfPart,
  incrementalOfPart,
  incrementalTrackingError,
  incrementalVolatility,
} from './incremental.js';

interface Golden {
  confidence: number;
  volatility: number[];
  gaussianVar: number[];
  trackingError: number[];
  historicalEs: number[];
  historicalVarKernel: number[];
  kernelBandwidth: number;
  incrementalVolatility: number[];
  incrementalHistoricalVar: number[];
  incrementalHistoricalEs: number[];
  incrementalGaussianEs: number[];
  incrementalTrackingError: number[];
}

const expected = golden<Golden>('contributions/fixtures/contributions.json');
const weights = Float64Array.from(golden<{ weights: number[] }>('measures/fixtures/measures.json').weights);
const covariance = sampleCovariance(shareReturns());
const scenarios = createScenarios(shareReturns(), defaultRiskSpecification);
const specification = { confidence: expected.confidence, horizonDays: 1, quantileRule: 'type7' } as const;

describe('Euler contributions', () => {
  it('are the numerical derivatives times the weights', () => {
    expect(
      seen(
        'Contributions',
        relativeDifference(volatilityContributions(covariance, weights).contributions, expected.volatility),
      ),
    ).toBeLessThan(1e-9);
    const gaussian = gaussianVarContributions(covariance, weights, specification);
    expect(seen('Contributions', relativeDifference(gaussian.contributions, expected.gaussianVar))).toBeLessThan(1e-9);
    const historical = historicalEsContributions(scenarios, weights, specification);
    expect(
      seen('Contributions', relativeDifference(historical.contributions, expected.historicalEs), 'historical ES'),
    ).toBeLessThan(1e-8);
  });

  it('of tracking error are over active weights, the benchmark series being one short asset', () => {
    const joint = sampleCovariance(returnsWithMarket());
    const benchmark = new Float64Array(21);
    benchmark[20] = 1;
    const actual = trackingErrorContributions(joint, Float64Array.from([...weights, 0]), benchmark);
    expect(seen('Contributions', relativeDifference(actual.contributions, expected.trackingError))).toBeLessThan(1e-9);
  });

  it('sum to their total for every measure and any portfolio', () => {
    fc.assert(
      fc.property(seeds, weightsOf(7), (seed, w) => {
        const matrix = seededCovariance(seed, 7);
        const own = createScenarios(seededReturns(seed + 1, 60, 7), { horizonDays: 5, scaling: 'sqrt' });
        const all = [
          volatilityContributions(matrix, w),
          gaussianVarContributions(matrix, w, specification),
          gaussianEsContributions(matrix, w, specification),
          historicalEsContributions(own, w, specification),
          historicalVarContributions(own, w, specification),
        ];
        for (const { total, contributions, marginals } of all) {
          const size = Math.max(Math.abs(total), ...contributions.map(Math.abs));
          expect(Math.abs(sum(contributions) - total)).toBeLessThan(1e-12 * size);
          contributions.forEach((value, i) => expect(value).toBeCloseTo(marginals[i]! * w[i]!, 14));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('without risk are 0', () => {
    const { total, contributions } = volatilityContributions(covariance, new Float64Array(20));
    expect(total).toBe(0);
    expect(contributions.every((value) => value === 0)).toBe(true);
  });
});

describe('historical VaR contributions', () => {
  it('are the plain triangular kernel rescaled to the exact sum, and state its width', () => {
    const actual = historicalVarContributions(scenarios, weights, specification);
    expect(
      seen('Historical VaR contributions', relativeDifference(actual.contributions, expected.historicalVarKernel)),
    ).toBeLessThan(1e-12);
    expect(seen('Historical VaR contributions', actual.bandwidth / expected.kernelBandwidth - 1)).toBeLessThan(1e-13);
    expect(actual.total).toBe(historicalFigures(scenarios, weights, specification).var);
  });

  it('narrow the kernel where the figure is near 0, down to the scenarios of the quantile itself', () => {
    // Ascending losses −0.38 … −0.01, 0.01, 0.02, 0.03: the quantile lies half way between −0.01 and 0.01.
    const values = Float64Array.from({ length: 41 }, (_, t) => (t < 38 ? 0.01 * (38 - t) : -0.01 * (t - 37)));
    const around0 = createScenarios(createReturns(values, 41, 1), defaultRiskSpecification);
    const { total, contributions, bandwidth } = historicalVarContributions(around0, new Float64Array([1]), {
      confidence: 0.9375,
      quantileRule: 'type7',
    });
    expect(total).toBeCloseTo(0, 15);
    expect(bandwidth).toBe(0);
    expect(contributions[0]).toBeCloseTo(total, 17);
  });

  it('do not depend on the order of scenarios', () => {
    const { values } = shareReturns();
    const reversed = new Float64Array(values.length);
    for (let t = 0; t < 500; t++) reversed.set(values.subarray(t * 20, t * 20 + 20), (499 - t) * 20);
    const backwards = createScenarios(createReturns(reversed, 500, 20), defaultRiskSpecification);
    const actual = historicalVarContributions(backwards, weights, specification);
    expect(relativeDifference(actual.contributions, expected.historicalVarKernel)).toBeLessThan(1e-12);
  });
});

describe('incremental risk', () => {
  it('is the figure less the figure with the position sold to cash', () => {
    expect(
      seen(
        'Incremental volatility',
        relativeDifference(incrementalVolatility(covariance, weights), expected.incrementalVolatility),
      ),
    ).toBeLessThan(1e-11);
    const historical = incrementalHistorical(scenarios, weights, specification);
    expect(
      seen('Incremental volatility', relativeDifference(historical.var, expected.incrementalHistoricalVar)),
    ).toBeLessThan(1e-12);
    const shortfall = relativeDifference(historical.es, expected.incrementalHistoricalEs);
    expect(seen('Incremental ES', shortfall)).toBeLessThan(1e-12);
    const gaussian = incrementalGaussianEs(covariance, weights, specification);
    expect(seen('Incremental ES', relativeDifference(gaussian, expected.incrementalGaussianEs))).toBeLessThan(1e-11);
  });

  it('to tracking error is the figure less that with the position sold and the benchmark as it was', () => {
    const benchmark = new Float64Array(21);
    benchmark[20] = 1;
    const held = Float64Array.from([...weights, 0]);
    const [soldEach, cash] = [incrementalTrackingError(sampleCovariance(returnsWithMarket()), held, benchmark), 20];
    const difference = relativeDifference(soldEach.subarray(0, cash), expected.incrementalTrackingError);
    expect(seen('Incremental tracking error', difference)).toBeLessThan(1e-11);
    expect(soldEach[cash]).toBe(0);
  });

  it('of the only position is the whole figure', () => {
    const one = new Float64Array(20);
    one[4] = 0.3;
    expect(incrementalVolatility(covariance, one)[4]).toBeCloseTo(volatility(covariance, one), 15);
    const historical = incrementalHistorical(scenarios, one, specification);
    expect(historical.es[4]).toBeCloseTo(historicalFigures(scenarios, one, specification).es, 15);
  });

  it('to Gaussian VaR and ES is that to volatility in their unit', () => {
    const to = incrementalVolatility(covariance, weights);
    const figures = [
      [incrementalGaussianVar(covariance, weights, specification), gaussianVar(covariance, weights, specification)],
      [incrementalGaussianEs(covariance, weights, specification), gaussianEs(covariance, weights, specification)],
    ] as const;
    for (const [incremental, figure] of figures) {
      const unit = figure / volatility(covariance, weights);
      expect(
        relativeDifference(
          incremental,
          to.map((value) => value * unit),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  it('of a position held as the benchmark holds it is not below 0: selling it adds tracking error', () => {
    const index = Float64Array.from({ length: 20 }, () => 0.05);
    incrementalTrackingError(covariance, index, index).forEach((value) => expect(value).toBeLessThan(0));
  });

  it('of a part is the figure less that with all of it sold, and of a part of one position that of the position', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 9 }), weightsOf(9), (seed, count, drawn) => {
        const matrix = seededCovariance(seed, 9);
        const rows = Array.from({ length: count }, (_, k) => (seed + 2 * k) % 9);
        const part = { rows, weights: rows.map((row) => drawn[row]! / rows.filter((other) => other === row).length) };
        const kept = drawn.map((weight, row) => (rows.includes(row) ? 0 : weight));
        const sold = drawn.map((weight, row) => weight - kept[row]!);
        const of = volatilityContributions(matrix, drawn);
        const scale = Math.max(volatility(matrix, drawn), volatility(matrix, sold)) + 1e-12;
        const found = incrementalOfPart(of, part, volatility(matrix, sold));
        // Where all of the risk is sold the root of what rounding leaves is what remains.
        expect(Math.abs(found - (of.total - volatility(matrix, kept))) / scale).toBeLessThan(1e-7);
        const single = { rows: [3], weights: [drawn[3]!] };
        const alone = Math.abs(drawn[3]!) * Math.sqrt(252 * matrix.variances[3]!);
        expect(
          Math.abs(incrementalOfPart(of, single, alone) - incrementalVolatility(matrix, drawn)[3]!) / scale,
        ).toBeLessThan(1e-7);
        const past = createScenarios(seededReturns(seed, 60, 9), defaultRiskSpecification);
        const losses = scenarioLosses(past, drawn);
        const historical = incrementalHistoricalOfPart(past, losses, part, specification);
        const [whole, rest] = [
          historicalFigures(past, drawn, specification),
          historicalFigures(past, kept, specification),
        ];
        expect(historical.var).toBeCloseTo(whole.var - rest.var, 13);
        expect(historical.es).toBeCloseTo(whole.es - rest.es, 13);
      }),
    );
    const bad = () =>
      incrementalHistoricalOfPart(scenarios, new Float64Array(3), { rows: [], weights: [] }, specification);
    expect(failureOf(bad).details.field).toBe('losses');
  });
});

describe('aggregation', () => {
  it('sums any hierarchy in one pass', () => {
    const parents = new Int32Array([-1, 0, 1, 1, 0, 4]);
    const values = new Float64Array([0, 0, 1, 2, 0, 4]);
    expect(Array.from(aggregate(parents, values))).toEqual([7, 3, 1, 2, 4, 4]);
  });

  it('refuses a child before its parent', () => {
    expect(failureOf(() => aggregate(new Int32Array([1, -1]), new Float64Array(2))).reason).toBe('invalidInput');
  });
});
