import fc from 'fast-check';
import { capped, covariance, expected, groups, ids, objective, raise } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { riskParity } from './risk-budgeting.js';
import { type Solution } from './types.js';

describe('constrained risk budgeting', () => {
  it('under bounds agrees with Clarabel and names the bounds that bind', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(expected.box.upper) } });
    expect(
      seen('Risk budgets under bounds', relativeDifference(solution.weights, expected.box.weights), 'weight'),
    ).toBeLessThan(1e-6);
    expect(objective(solution.weights, expected.box.lambda)).toBeLessThanOrEqual(
      objective(expected.box.weights, expected.box.lambda) * (1 + 1e-10),
    );
    expect(solution.status).toBe('constrained');
    expect(solution.residual).toBeLessThan(1e-12);
    const atBound = ids.filter((_, i) => Math.abs(solution.weights[i]! - expected.box.upper) < 1e-12);
    expect(solution.binding.map(({ constraint }) => constraint)).toEqual(atBound.map((id) => `upperBound:${id}`));
    expect(Math.max(...solution.weights)).toBeLessThanOrEqual(expected.box.upper);
    expect(sum(solution.weights)).toBeCloseTo(1, 11);
  });

  it('under overlapping groups agrees with Clarabel, feasible to 1e-8 and better', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(0.09), groups } });
    expect(
      seen('Risk budgets under bounds', relativeDifference(solution.weights, expected.groups.weights), 'weight'),
    ).toBeLessThan(1e-6);
    expect(
      seen(
        'Risk budgets under bounds',
        objective(solution.weights, expected.groups.lambda) /
          objective(expected.groups.weights, expected.groups.lambda) -
          1,
        'objective',
      ),
    ).toBeLessThan(1e-10);
    const first = sum(expected.groups.members[0]!.map((i) => solution.weights[i]!));
    expect(first).toBeLessThan(0.25 + 1e-10);
    expect(solution.binding.map(({ constraint }) => constraint)).toContain('groupUpper:first');
    const binding = solution.binding.find(({ constraint }) => constraint === 'groupUpper:first');
    expect(binding?.bound).toBe(0.25);
    expect(binding?.value).toBeCloseTo(0.25, 10);
  });

  it('is untouched by constraints that are not in the way', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(0.5) } });
    expect(solution.status).toBe('optimal');
    expect(relativeDifference(solution.weights, riskParity({ covariance }).weights)).toBeLessThan(1e-14);
  });

  it('where groups alone fix the scale still divides the risk inside them', () => {
    const halves = [
      { id: 'a', assetIds: ids.slice(0, 10), lower: 0.4, upper: 0.4 },
      { id: 'b', assetIds: ids.slice(10), lower: 0.6, upper: 0.6 },
    ];
    const { weights, status, realisedShares } = riskParity({ covariance, constraints: { groups: halves } });
    expect(status).toBe('constrained');
    expect(sum(weights.subarray(0, 10))).toBeCloseTo(0.4, 11);
    expect(sum(weights)).toBeCloseTo(1, 11);
    expect(Math.min(...realisedShares)).toBeGreaterThan(0.02);
  });

  it('holds its bounds on shorts', () => {
    const signs = ids.map((_, i) => (i % 4 === 3 ? -1 : 1));
    const solution = riskParity({
      covariance,
      signs,
      scale: { kind: 'gross', value: 1 },
      constraints: { bounds: [{ assetId: ids[3]!, lower: -0.02 }] },
    });
    expect(solution.weights[3]).toBeCloseTo(-0.02, 12);
    expect(solution.binding).toEqual([
      { constraint: `lowerBound:${ids[3]}`, bound: -0.02, value: solution.weights[3] },
    ]);
    expect(sum(solution.weights.map(Math.abs))).toBeCloseTo(1, 11);
  });

  it('answers any mixture of bounds, groups and signs, or names what clashes', () => {
    let answered = 0;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 10_000 }), (seed, shape) => {
        const matrix = seededCovariance(seed, 10);
        const assetIds = matrix.ids!;
        const signs = assetIds.map((_, i) => ((shape * 7 + i * 5) % 4 === 0 ? -1 : 1));
        const bounds = assetIds.slice(0, 4).map((assetId, i) => {
          if (signs[i] === -1) return { assetId, lower: -0.06, upper: -0.01 };
          return { assetId, lower: 0.01 * ((shape + i) % 5), upper: 0.05 + 0.03 * ((shape * 3 + i) % 4) };
        });
        const given = [
          { id: 'a', assetIds: assetIds.slice(2, 6), upper: 0.2 + 0.01 * (shape % 10) },
          { id: 'b', assetIds: assetIds.slice(5), lower: 0.25, upper: 0.7 },
        ];
        const scale = { kind: shape % 2 === 0 ? 'net' : 'gross', value: 1 } as const;
        let solution: Solution;
        try {
          solution = riskParity({ covariance: matrix, signs, scale, constraints: { bounds, groups: given } });
        } catch (error) {
          expect(failureOf(() => raise(error)).reason).toBe('infeasible');
          return;
        }
        answered++;
        const { weights, binding, realisedShares } = solution;
        expect(scale.kind === 'net' ? sum(weights) : sum(weights.map(Math.abs))).toBeCloseTo(1, 9);
        for (const { assetId, lower, upper } of bounds) {
          const weight = weights[assetIds.indexOf(assetId)]!;
          expect(weight).toBeGreaterThan(lower - 1e-8);
          expect(weight).toBeLessThan(upper + 1e-8);
        }
        for (const { assetIds: members, lower = -Infinity, upper } of given) {
          const weight = sum(members.map((id) => weights[assetIds.indexOf(id)]!));
          expect(weight).toBeGreaterThan(lower - 1e-8);
          expect(weight).toBeLessThan(upper + 1e-8);
        }
        // Where the scale itself binds, its multiplier stands between the shares.
        if (binding.some(({ constraint }) => constraint === scale.kind)) return;
        // What no binding constraint holds has one common share of risk: the optimality condition.
        const held = new Set(
          binding.flatMap(({ constraint }) => {
            const name = constraint.slice(constraint.indexOf(':') + 1);
            return given.find(({ id }) => id === name)?.assetIds ?? [name];
          }),
        );
        const free = realisedShares.filter((_, i) => !held.has(assetIds[i]!));
        for (const share of free) expect(share).toBeCloseTo(free[0]!, 6);
      }),
      { numRuns: 60 },
    );
    expect(answered).toBeGreaterThan(20);
  });
});
