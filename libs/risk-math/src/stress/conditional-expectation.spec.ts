import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { toDense } from '../model/risk-model-matrix.js';
import { conditionalShock } from './conditional-expectation.js';
import type { Shock, StressModel } from './shocks.js';

interface Golden {
  shocks: Record<string, number>;
  conditional: { returns: number[]; distance: number };
  market: { returns: number[]; distance: number };
  factorForm: Record<
    'exposures' | 'factorCovariance' | 'specificVariances' | 'basket' | 'values' | 'returns' | 'factorReturns',
    number[]
  > & { distance: number };
}

const expected = golden<Golden>('stress/fixtures/stress.json');
const shares = shareReturns();
const model: StressModel = { instrumentIds: shares.ids, matrix: sampleCovariance(shares) };

function modelOf(seed: number, size: number): StressModel {
  const matrix = seededCovariance(seed, size);
  return { instrumentIds: matrix.ids!, matrix };
}

const name = (id: string, value: number): Shock => ({ kind: 'instruments', instrumentIds: [id], return: value });

describe('a conditional shock', () => {
  it('moves the rest as a regression on all shocked names would', () => {
    const shocks = Object.entries(expected.shocks).map(([id, value]) => name(id, value));
    const { returns, mahalanobisDistance, implied, factorReturns } = conditionalShock(model, shocks);
    expect(seen('Conditional shocks', relativeDifference(returns, expected.conditional.returns), 'dense')).toBeLessThan(
      1e-11,
    );
    expect(seen('Conditional shocks', mahalanobisDistance / expected.conditional.distance - 1, 'dense')).toBeLessThan(
      1e-12,
    );
    expect(implied).toEqual([]);
    expect(factorReturns).toBeNull();
  });

  it('of the market moves every name by its beta to it', () => {
    const weights = new Float64Array(20).fill(0.05);
    const { returns, mahalanobisDistance } = conditionalShock(model, [
      { kind: 'portfolio', name: 'market', weights, return: -0.05 },
    ]);
    expect(seen('Conditional shocks', relativeDifference(returns, expected.market.returns), 'dense')).toBeLessThan(
      1e-11,
    );
    expect(seen('Conditional shocks', mahalanobisDistance / expected.market.distance - 1, 'dense')).toBeLessThan(1e-12);
  });

  it('conditions on a name, a factor and a basket together in factor form', () => {
    const { basket, values, distance, ...parts } = expected.factorForm;
    const matrix = createFactorModel(8, 3, {
      exposures: Float64Array.from(parts.exposures),
      factorCovariance: Float64Array.from(parts.factorCovariance),
      specificVariances: Float64Array.from(parts.specificVariances),
      factorIds: ['f0', 'f1', 'f2'],
    });
    const instrumentIds = Array.from({ length: 8 }, (_, i) => `A${i}`);
    const moved = conditionalShock({ instrumentIds, matrix }, [
      name('A2', values[0]!),
      { kind: 'factor', factorId: 'f1', return: values[1]! },
      { kind: 'portfolio', name: 'basket', weights: Float64Array.from(basket), return: values[2]! },
    ]);
    expect(seen('Conditional shocks', relativeDifference(moved.returns, parts.returns), 'factor form')).toBeLessThan(
      1e-10,
    );
    expect(
      seen('Conditional shocks', relativeDifference(moved.factorReturns!, parts.factorReturns), 'factor form'),
    ).toBeLessThan(1e-10);
    expect(seen('Conditional shocks', moved.mahalanobisDistance / distance - 1, 'factor form')).toBeLessThan(1e-10);
    expect(moved.returns[2]).toBe(values[0]);
    expect(moved.factorReturns![1]).toBe(values[1]);
    const dense = conditionalShock({ instrumentIds, matrix: toDense(matrix) }, [name('A2', -0.04), name('A5', 0.01)]);
    const inForm = conditionalShock({ instrumentIds, matrix }, [name('A2', -0.04), name('A5', 0.01)]);
    expect(relativeDifference(inForm.returns, dense.returns)).toBeLessThan(1e-11);
  });

  it('keeps every shock exactly, is linear in them and blind to their order', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), fc.constantFrom(1e-12, 1, 1e6), (seed, count, scale) => {
        const { instrumentIds } = modelOf(seed, 7);
        const matrix = seededCovariance(seed, 7, 0.01 * Math.sqrt(scale));
        const own = { instrumentIds, matrix };
        const shocks = instrumentIds.slice(0, count).map((id, i) => name(id, (i - 2.5) * 0.01));
        const { returns, mahalanobisDistance } = conditionalShock(own, shocks);
        shocks.forEach((shock, i) => expect(returns[i]).toBe(shock.return));
        const doubled = conditionalShock(
          own,
          shocks.map((shock) => ({ ...shock, return: 2 * shock.return })).reverse(),
        );
        expect(
          relativeDifference(
            doubled.returns,
            returns.map((value) => 2 * value),
          ),
        ).toBeLessThan(1e-9);
        expect(doubled.mahalanobisDistance / mahalanobisDistance).toBeCloseTo(2, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('of all names leaves nothing to expect; of one alone is its beta', () => {
    const one = modelOf(3, 1);
    expect(Array.from(conditionalShock(one, [name('A0', -0.2)]).returns)).toEqual([-0.2]);
    const all = conditionalShock(model, [{ kind: 'instruments', instrumentIds: shares.ids, return: -0.1 }]);
    expect(Array.from(all.returns)).toEqual(new Array(20).fill(-0.1));
  });

  it('with fewer days than names still agrees with the days it was made of', () => {
    const few = seededReturns(5, 6, 12);
    const matrix = sampleCovariance(few);
    const { returns } = conditionalShock({ instrumentIds: few.ids!, matrix }, [name('A0', 0.01), name('A3', -0.02)]);
    expect(returns.every(Number.isFinite)).toBe(true);
    expect(returns[3]).toBe(-0.02);
  });

  it('takes duplicated names that agree and says which added nothing', () => {
    const twins: StressModel = {
      instrumentIds: ['a', 'b', 'c'],
      matrix: createCovariance(
        new Float64Array([4, 4, 2, 4, 4, 2, 2, 2, 9]).map((v) => v * 1e-4),
        3,
      ),
    };
    const { returns, implied } = conditionalShock(twins, [name('a', -0.1), name('b', -0.1)]);
    expect(Array.from(returns)).toEqual([-0.1, -0.1, expect.closeTo(-0.05, 15)]);
    expect(implied).toHaveLength(1);
    const failure = failureOf(() => conditionalShock(twins, [name('a', -0.1), name('b', 0.1)]));
    expect(failure.reason).toBe('outOfDomain');
    expect(failure.details.ids).toHaveLength(1);
  });

  it('refuses what has no answer', () => {
    const still: StressModel = {
      instrumentIds: ['still', 'b'],
      matrix: createCovariance(new Float64Array([0, 0, 0, 1e-4]), 2),
    };
    expect(failureOf(() => conditionalShock(still, [name('still', 0.1)])).reason).toBe('outOfDomain');
    expect(Array.from(conditionalShock(still, [name('b', 0.1)]).returns)).toEqual([0, 0.1]);
    const refused: Shock[][] = [
      [],
      [name('nobody', 0.1)],
      [name('b', NaN)],
      [name('b', 0.1), name('b', 0.2)],
      [{ kind: 'instruments', instrumentIds: [], return: 0.1 }],
      [{ kind: 'factor', factorId: 'market', return: 0.1 }],
      [{ kind: 'portfolio', name: 'p', weights: new Float64Array(3), return: 0.1 }],
      [{ kind: 'portfolio', name: 'p', weights: new Float64Array([NaN, 1]), return: 0.1 }],
    ];
    for (const shocks of refused) {
      expect(failureOf(() => conditionalShock(still, shocks)).reason).toBe('invalidInput');
    }
    expect(Array.from(conditionalShock(still, [name('b', 0.1), name('b', 0.1)]).returns)).toEqual([0, 0.1]);
  });
});
