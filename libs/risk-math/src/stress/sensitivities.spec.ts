import fc from 'fast-check';
import { seededCovariance, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createFactorModel } from '../model/factor-model.js';
import { conditionalShock } from './conditional-expectation.js';
import { correlationSensitivity, deviationSensitivities, factorSensitivities } from './sensitivities.js';

interface Golden {
  sensitivityToVolatility: number[];
  sensitivityToCorrelation: number;
}

const expected = golden<Golden>('stress/fixtures/stress.json');
const weights = Float64Array.from(golden<{ weights: number[] }>('measures/fixtures/measures.json').weights);
const covariance = sampleCovariance(shareReturns());

describe('sensitivities of a portfolio’s deviation', () => {
  it('are its numerical derivatives', () => {
    const { toVolatility, toAllCorrelations } = deviationSensitivities(covariance, weights);
    expect(seen('Sensitivities', relativeDifference(toVolatility, expected.sensitivityToVolatility))).toBeLessThan(
      1e-9,
    );
    expect(seen('Sensitivities', toAllCorrelations / expected.sensitivityToCorrelation - 1)).toBeLessThan(1e-9);
  });

  it('to volatilities, times these, sum to it; to single correlations sum to that of all', () => {
    fc.assert(
      fc.property(seeds, weightsOf(5), (seed, w) => {
        const matrix = seededCovariance(seed, 5);
        const { total, toVolatility, toAllCorrelations } = deviationSensitivities(matrix, w);
        expect(sum(toVolatility.map((value, i) => value * Math.sqrt(matrix.variances[i]!)))).toBeCloseTo(total, 14);
        let pairs = 0;
        for (let i = 0; i < 5; i++) for (let j = 0; j < i; j++) pairs += correlationSensitivity(matrix, w, i, j);
        expect(pairs).toBeCloseTo(toAllCorrelations, 12);
      }),
      { numRuns: 50 },
    );
  });

  it('of a portfolio without risk are 0', () => {
    const none = deviationSensitivities(covariance, new Float64Array(20));
    expect(
      [none.total, none.toAllCorrelations, ...none.toVolatility, ...none.toWeight].every((value) => value === 0),
    ).toBe(true);
  });
});

describe('sensitivities to factors', () => {
  const model = createFactorModel(3, 2, {
    exposures: new Float64Array([1, 0.5, 0.8, -0.2, 1.1, 0]),
    factorCovariance: new Float64Array([1e-4, 3e-5, 3e-5, 2e-4]),
    specificVariances: new Float64Array([1e-4, 1e-4, 1e-4]),
    factorIds: ['market', 'value'],
  });
  const held = new Float64Array([0.5, 0.3, -0.1]);

  it('are minus the exposure alone, and what a shock of the factor loses with the others moving', () => {
    const [market, value] = factorSensitivities(model, held);
    expect(market).toMatchObject({ factorId: 'market', exposure: expect.closeTo(0.63, 15) as number });
    expect(market!.lossAlone).toBeCloseTo(-0.63, 15);
    const instrumentIds = ['a', 'b', 'c'];
    const { returns } = conditionalShock({ instrumentIds, matrix: model }, [
      { kind: 'factor', factorId: 'value', return: 1 },
    ]);
    expect(value!.lossWithOthers).toBeCloseTo(-sum(returns.map((r, i) => r * held[i]!)), 14);
  });

  it('refuse weights of another length', () => {
    expect(failureOf(() => factorSensitivities(model, new Float64Array(2))).reason).toBe('invalidInput');
  });
});
