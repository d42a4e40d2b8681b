import fc from 'fast-check';
import { ids } from '../../test/support/allocation.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { apart, boundsOf, equal, group, returns, second } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import { entropicVar } from '../measures/entropic.js';
import type { Returns } from '../model/returns.js';
import { minimumEntropicVar } from './minimum-entropic-var.js';

const base = { returns, confidence: 0.95 };
const valueOf = ({ values, observations, assets }: Returns, weights: ArrayLike<number>, confidence: number): number =>
  entropicVar(
    Float64Array.from({ length: observations }, (_, t) => {
      let loss = 0;
      for (let i = 0; i < assets; i++) loss -= weights[i]! * values[t * assets + i]!;
      return loss;
    }),
    confidence,
  ).value;

describe('minimum entropic value at risk', () => {
  it('agrees with exponential cones by CVXPY and Clarabel, its gap proving it', () => {
    const free = minimumEntropicVar(base);
    expect(seen('Minimum entropic VaR', apart(free, 'entropicVar'), 'weight')).toBeLessThan(1e-6);
    const groups = [group('second', second, { upper: 0.3 })];
    const limited = minimumEntropicVar({ ...base, constraints: { bounds: boundsOf(0, 0.12), groups } });
    expect(seen('Minimum entropic VaR', apart(limited, 'entropicVarGroups'), 'weight')).toBeLessThan(1e-6);
    for (const { gap, objective, infeasibility, realisedShares } of [free, limited]) {
      expect(seen('Minimum entropic VaR', gap! / objective!, 'own gap')).toBeLessThan(1e-9);
      expect(infeasibility).toBeLessThan(1e-10);
      expect(sum(realisedShares)).toBeCloseTo(1, 10);
    }
    expect(limited.objective).toBeGreaterThan(free.objective!);
  });

  it('takes limits on volatility, tracking error and turnover with the other constraints', () => {
    const trackingError = { benchmark: equal, limitAnnual: 0.02 };
    const turnover = { from: equal, limit: 0.2 };
    const solution = minimumEntropicVar({ ...base, constraints: { trackingError, turnover } });
    expect(solution.infeasibility).toBeLessThan(1e-8);
    expect(solution.objective).toBeLessThan(valueOf(returns, equal, 0.95));
  });

  it('no portfolio drawn has less, and its value is that of the measure', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), fc.constantFrom(0.8, 0.9), (seed, assets, confidence) => {
        const some = seededReturns(seed, 60, assets);
        const { weights, objective, gap } = minimumEntropicVar({ returns: some, confidence });
        expect(sum(weights)).toBeCloseTo(1, 10);
        expect(valueOf(some, weights, confidence) / objective!).toBeCloseTo(1, 10);
        expect(gap! / Math.abs(objective!)).toBeLessThan(1e-7);
        const other = weights.map((weight, i) => 0.9 * weight + (i === seed % assets ? 0.1 : 0));
        expect(valueOf(some, other, confidence)).toBeGreaterThan(objective! * (1 - 1e-9));
      }),
      { numRuns: 20, examples: [[1394501070, 6, 0.8]] },
    );
  });

  it('refuses a tail of less than a day, and names the constraints that clash', () => {
    const few = seededReturns(3, 15, 3);
    expect(failureOf(() => minimumEntropicVar({ returns: few, confidence: 0.95 })).reason).toBe('tooFewObservations');
    const bounds = ids.map((assetId) => ({ assetId, upper: 0.04 }));
    expect(failureOf(() => minimumEntropicVar({ ...base, constraints: { bounds } })).reason).toBe('infeasible');
  });
});
