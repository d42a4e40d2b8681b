import fc from 'fast-check';
import { seededCovariance, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { volatility } from '../measures/gaussian.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { toDense } from '../model/risk-model-matrix.js';
import { conditionalShock } from './conditional-expectation.js';
import { type ScenarioBound, reverseStress } from './reverse-stress.js';
import type { StressModel } from './shocks.js';

interface Golden {
  reverse: { returns: number[]; distance: number };
  reverseBounded: { lower: number; upper: number; held: number; returns: number[]; distance: number };
}

const expected = golden<Golden>('stress/fixtures/stress.json');
const weights = Float64Array.from(golden<{ weights: number[] }>('measures/fixtures/measures.json').weights);
const shares = shareReturns();
const model: StressModel = { instrumentIds: shares.ids, matrix: sampleCovariance(shares) };
const bounded = (id: string, lower: number, upper: number, instrumentIds = shares.ids): ScenarioBound => ({
  id,
  of: { kind: 'instruments', instrumentIds },
  lower,
  upper,
});

describe('reverse stress', () => {
  it('without bounds is the closed form, as Clarabel finds it too', () => {
    const { returns, loss, losses, mahalanobisDistance, binding } = reverseStress(model, weights, 0.05);
    // The cone program's own accuracy in the point.
    expect(seen('Reverse stress', relativeDifference(returns, expected.reverse.returns), 'returns')).toBeLessThan(1e-6);
    expect(seen('Reverse stress', mahalanobisDistance / expected.reverse.distance - 1, 'distance')).toBeLessThan(1e-10);
    expect(
      seen(
        'Reverse stress',
        mahalanobisDistance - 0.05 / (volatility(model.matrix, weights) / Math.sqrt(252)),
        'distance',
      ),
    ).toBeLessThan(1e-12);
    expect(loss).toBeCloseTo(0.05, 15);
    expect(sum(losses)).toBeCloseTo(0.05, 15);
    expect(binding).toEqual([]);
  });

  it('within bounds is what Clarabel finds', () => {
    const { lower, upper, held, returns, distance } = expected.reverseBounded;
    const bounds = [bounded('range', lower, upper), bounded('held', 0, 0, [shares.ids[held]!])];
    const found = reverseStress(model, weights, 0.05, bounds);
    expect(seen('Reverse stress', found.mahalanobisDistance / distance - 1, 'distance')).toBeLessThan(1e-10);
    expect(seen('Reverse stress', relativeDifference(found.returns, returns), 'returns')).toBeLessThan(1e-6);
    expect(Math.max(...found.returns)).toBeLessThanOrEqual(upper + 1e-12);
    expect(Math.min(...found.returns)).toBeGreaterThanOrEqual(lower - 1e-12);
    expect(found.loss).toBeCloseTo(0.05, 13);
    expect(found.binding).toContain('held');
    expect(found.binding).toContain('range');
  });

  it('is the conditional expectation given that loss, in dense and in factor form', () => {
    const matrix = createFactorModel(4, 2, {
      exposures: new Float64Array([1, 0.2, 0.8, -0.4, 1.2, 0, 0.5, 0.9]),
      factorCovariance: new Float64Array([1e-4, 2e-5, 2e-5, 5e-5]),
      specificVariances: new Float64Array([1e-4, 0, 3e-4, 2e-4]),
      factorIds: ['m', 'v'],
    });
    const own: StressModel = { instrumentIds: ['a', 'b', 'c', 'd'], matrix };
    const held = new Float64Array([0.5, -0.2, 0.3, 0.4]);
    const found = reverseStress(own, held, 0.04);
    const given = conditionalShock(own, [{ kind: 'portfolio', name: 'p', weights: held, return: -0.04 }]);
    expect(relativeDifference(found.returns, given.returns)).toBeLessThan(1e-12);
    expect(relativeDifference(found.factorReturns!, given.factorReturns!)).toBeLessThan(1e-12);
    const dense = reverseStress({ ...own, matrix: toDense(matrix) }, held, 0.04);
    expect(relativeDifference(dense.returns, found.returns)).toBeLessThan(1e-12);
    const calm = reverseStress(own, held, 0.04, [{ id: 'market', of: { kind: 'factor', factorId: 'm' }, lower: 0 }]);
    expect(calm.factorReturns![0]).toBeCloseTo(0, 14);
    expect(calm.binding).toEqual(['market']);
    expect(calm.mahalanobisDistance).toBeGreaterThan(found.mahalanobisDistance);
  });

  it('is nearest: no feasible scenario in any direction is closer', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), fc.constantFrom(1e-12, 1, 1e6), (seed, w, scale) => {
        const matrix = seededCovariance(seed, 6, 0.01 * Math.sqrt(scale));
        const own = { instrumentIds: matrix.ids!, matrix };
        const size = Math.sqrt(scale);
        const bounds = [bounded('cap', -0.05 * size, 0.02 * size, matrix.ids)];
        const reach = w.reduce((total, weight) => total + (weight > 0 ? weight * 0.05 : -weight * 0.02), 0) * size;
        const found = reverseStress(own, w, reach * 0.7, bounds);
        // Farkas at the optimum: the scenario is Σ times a combination of the active normals with multipliers ≥ 0.
        expect(found.loss).toBeGreaterThanOrEqual(reach * 0.7 * (1 - 1e-9));
        const open = reverseStress(own, w, reach * 0.7);
        expect(found.mahalanobisDistance).toBeGreaterThanOrEqual(open.mahalanobisDistance * (1 - 1e-9));
        const further = reverseStress(own, w, reach * 0.8, bounds);
        expect(further.mahalanobisDistance).toBeGreaterThan(found.mahalanobisDistance);
        const wider = reverseStress(own, w, reach * 0.7, [bounded('cap', -0.06 * size, 0.03 * size, matrix.ids)]);
        expect(wider.mahalanobisDistance).toBeLessThanOrEqual(found.mahalanobisDistance * (1 + 1e-9));
      }),
      { numRuns: 60 },
    );
  });

  it('in a singular model stays within what the model allows', () => {
    const twins: StressModel = {
      instrumentIds: ['a', 'b', 'still'],
      matrix: createCovariance(new Float64Array([4e-4, 4e-4, 0, 4e-4, 4e-4, 0, 0, 0, 0]), 3),
    };
    const { returns, mahalanobisDistance } = reverseStress(twins, new Float64Array([0.5, 0.5, 3]), 0.02);
    expect(Array.from(returns)).toEqual([expect.closeTo(-0.02, 15), expect.closeTo(-0.02, 15), 0]);
    expect(mahalanobisDistance).toBeCloseTo(1, 14);
    expect(failureOf(() => reverseStress(twins, new Float64Array([1, -1, 0]), 0.02)).reason).toBe('outOfDomain');
  });

  it('names a minimal set of bounds that clash with the loss', () => {
    const bounds = [bounded('floor', -0.001, 0.001), bounded('loose', -5, 5)];
    const failure = failureOf(() => reverseStress(model, weights, 0.05, bounds));
    expect(failure.reason).toBe('infeasible');
    expect([...failure.details.clashing!].sort()).toEqual(['floor', 'loss']);
  });

  it('refuses a loss that is none, bounds without a side, and numbers that are not', () => {
    expect(failureOf(() => reverseStress(model, weights, 0)).details.field).toBe('loss');
    expect(failureOf(() => reverseStress(model, weights, NaN)).details.field).toBe('loss');
    const open: ScenarioBound = { id: 'x', of: { kind: 'instruments', instrumentIds: [shares.ids[0]!] } };
    expect(failureOf(() => reverseStress(model, weights, 0.05, [open])).details.field).toBe('bounds');
    expect(failureOf(() => reverseStress(model, weights, 0.05, [{ ...open, lower: NaN }])).reason).toBe('invalidInput');
    expect(failureOf(() => reverseStress(model, weights.subarray(1), 0.05)).reason).toBe('invalidInput');
  });
});
