import fc from 'fast-check';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference } from '../../test/support/golden.js';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.js';
import { volatility } from '../measures/gaussian.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { type RiskModelMatrix, toDense } from '../model/risk-model-matrix.js';
import { type CorrelationStress, stressRiskModel } from './risk-model-stress.js';

function smallestEigenvalue(matrix: RiskModelMatrix): number {
  const { values, size } = toDense(matrix);
  const { values: eigenvalues } = symmetricEigen(values, size);
  return eigenvalues[0]! / eigenvalues[size - 1]!;
}

describe('a stressed risk model', () => {
  it('stays positive semi-definite with the variances asked for, whatever the stress', () => {
    const correlations = fc.oneof(
      fc.record({
        kind: fc.constant('towards' as const),
        target: fc.constantFrom('one' as const, 'zero' as const),
        strength: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc
        .array(
          fc.tuple(
            fc.integer({ min: 0, max: 4 }),
            fc.integer({ min: 5, max: 9 }),
            fc.double({ min: -1, max: 1, noNaN: true }),
          ),
        )
        .map((pairs): CorrelationStress => ({
          kind: 'set',
          pairs: pairs.map(([first, second, correlation]) => ({ first, second, correlation })),
        })),
    );
    const multipliers = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 5, noNaN: true }));
    fc.assert(
      fc.property(seeds, correlations, multipliers, (seed, correlation, multiplier) => {
        const matrix = seededCovariance(seed, 10);
        const stressed = stressRiskModel(matrix, { correlation, volatilityMultiplier: multiplier });
        if (multiplier > 0) expect(smallestEigenvalue(stressed)).toBeGreaterThan(-1e-11);
        const wanted = matrix.variances.map((variance) => variance * multiplier ** 2);
        expect(relativeDifference(stressed.variances, wanted)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('at correlation one adds up stand-alone risk, at zero its squares', () => {
    const matrix = seededCovariance(4, 6);
    const weights = Float64Array.from([0.1, 0.2, 0.3, 0.1, 0.2, 0.1]);
    const alone = weights.map((weight, i) => weight * Math.sqrt(matrix.variances[i]! * 252));
    const at = (target: 'one' | 'zero'): number =>
      volatility(stressRiskModel(matrix, { correlation: { kind: 'towards', target, strength: 1 } }), weights);
    expect(at('one')).toBeCloseTo(
      alone.reduce((sum, value) => sum + value, 0),
      14,
    );
    expect(at('zero')).toBeCloseTo(Math.hypot(...alone), 14);
  });

  it('multiplies volatilities name by name and leaves correlations as they were', () => {
    const matrix = seededCovariance(9, 4);
    const volatilityMultiplier = Float64Array.from([1, 2, 0, 0.5]);
    const stressed = toDense(stressRiskModel(matrix, { volatilityMultiplier }));
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const expected = matrix.values[i * 4 + j]! * volatilityMultiplier[i]! * volatilityMultiplier[j]!;
        expect(stressed.values[i * 4 + j]).toBeCloseTo(expected, 18);
      }
    }
  });

  it('keeps a set correlation that can hold and says how far one that cannot had to move', () => {
    const matrix = createCovariance(new Float64Array([1, 0.9, 0.9, 0.9, 1, 0.9, 0.9, 0.9, 1]), 3);
    const mild = stressRiskModel(matrix, {
      correlation: { kind: 'set', pairs: [{ first: 0, second: 1, correlation: 0.8 }] },
    });
    expect(toDense(mild).values[1]).toBe(0.8);
    expect(mild.repair.method).toBe('none');
    const wild = stressRiskModel(matrix, {
      correlation: { kind: 'set', pairs: [{ first: 0, second: 1, correlation: -0.9 }] },
    });
    expect(wild.repair).toMatchObject({ method: 'higham' });
    expect(wild.repair.method === 'higham' && wild.repair.distance > 0.1).toBe(true);
    expect(smallestEigenvalue(wild)).toBeGreaterThan(-1e-12);
  });

  it('in factor form stresses the factors’ correlations and keeps the form', () => {
    const model = createFactorModel(2, 2, {
      exposures: new Float64Array([1, 0, 0, 1]),
      factorCovariance: new Float64Array([4e-4, 0, 0, 1e-4]),
      specificVariances: new Float64Array([1e-4, 0]),
    });
    const stressed = stressRiskModel(model, {
      correlation: { kind: 'towards', target: 'one', strength: 0.5 },
      volatilityMultiplier: 2,
    });
    expect(stressed.kind).toBe('factorModel');
    expect(relativeDifference(toDense(stressed).values, [20e-4, 4e-4, 4e-4, 4e-4])).toBeLessThan(1e-14);
  });

  it('towards a correlation matrix of one’s own is that matrix at full strength', () => {
    const matrix = seededCovariance(2, 3);
    const target = new Float64Array([1, 0.2, 0.1, 0.2, 1, -0.3, 0.1, -0.3, 1]);
    const stressed = toDense(stressRiskModel(matrix, { correlation: { kind: 'towards', target, strength: 1 } }));
    expect(stressed.values[5]! / Math.sqrt(matrix.variances[1]! * matrix.variances[2]!)).toBeCloseTo(-0.3, 15);
  });

  it.each<[string, CorrelationStress]>([
    ['a strength above 1', { kind: 'towards', target: 'one', strength: 1.1 }],
    ['a strength that is no number', { kind: 'towards', target: 'one', strength: NaN }],
    ['a correlation beyond 1', { kind: 'set', pairs: [{ first: 0, second: 1, correlation: 1.5 }] }],
    ['a name with itself', { kind: 'set', pairs: [{ first: 1, second: 1, correlation: 0.5 }] }],
    ['an unknown row', { kind: 'set', pairs: [{ first: 0, second: 9, correlation: 0.5 }] }],
    ['a target of another size', { kind: 'towards', target: new Float64Array(4), strength: 0.5 }],
  ])('refuses %s', (_, correlation) => {
    expect(failureOf(() => stressRiskModel(seededCovariance(1, 3), { correlation })).reason).toBe('invalidInput');
  });

  it('refuses a target that is no correlation matrix and a negative multiplier', () => {
    const target = new Float64Array([1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1]);
    const towards = { kind: 'towards', target, strength: 0.5 } as const;
    expect(failureOf(() => stressRiskModel(seededCovariance(1, 3), { correlation: towards })).reason).toBe(
      'notPositiveSemiDefinite',
    );
    expect(failureOf(() => stressRiskModel(seededCovariance(1, 3), { volatilityMultiplier: -1 })).reason).toBe(
      'invalidInput',
    );
  });
});
