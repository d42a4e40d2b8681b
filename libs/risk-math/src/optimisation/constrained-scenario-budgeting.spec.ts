import fc from 'fast-check';
import { groups as groupsOf, ids } from '../../test/support/allocation.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { apart, boundsOf, equal, returns } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import type { Solution } from '../allocation/types.js';
import { type ScenarioBudgetProblem, semiDeviationBudgeting, shortfallBudgeting } from './scenario-budgeting.js';

const base = { returns, budgets: equal };
const grouped = { bounds: boundsOf(0, 0.09), groups: groupsOf };
const methods: [string, (problem: ScenarioBudgetProblem) => Solution][] = [
  ['expected shortfall', (problem) => shortfallBudgeting({ ...problem, confidence: 0.9 })],
  ['semi-deviation', semiDeviationBudgeting],
];

describe('budgets of expected shortfall and semi-deviation under bounds and groups', () => {
  it('agree with CVXPY and Clarabel, λ by bisection on both sides', () => {
    const box = shortfallBudgeting({ ...base, confidence: 0.95, constraints: { bounds: boundsOf(0, 0.055) } });
    expect(seen('The same under bounds', apart(box, 'shortfallBudgetsBox'), 'ES, weight')).toBeLessThan(1e-6);
    const shortfall = shortfallBudgeting({ ...base, confidence: 0.95, constraints: grouped });
    expect(seen('The same under bounds', apart(shortfall, 'shortfallBudgetsGroups'), 'ES, weight')).toBeLessThan(1e-6);
    const semi = semiDeviationBudgeting({ ...base, constraints: grouped });
    expect(
      seen('The same under bounds', apart(semi, 'semiDeviationBudgetsGroups'), 'semi-deviation, weight'),
    ).toBeLessThan(1e-6);
    expect(semi.status).toBe('constrained');
    const binding = semi.binding.map(({ constraint }) => constraint);
    expect(binding).toEqual(expect.arrayContaining(['groupUpper:first', 'groupLower:second']));
  });

  it.each(methods)('%s: a limit that is not in the way changes nothing', (_, solve) => {
    const free = solve(base);
    const loose = solve({ ...base, constraints: { bounds: boundsOf(0, 0.5) } });
    expect(loose.weights).toEqual(free.weights);
    expect(loose.status).toBe('optimal');
  });

  it.each(methods)(
    '%s: what no bound holds back has its budget, in proportion, and what one holds has less',
    (_, solve) => {
      fc.assert(
        fc.property(
          seeds,
          fc.integer({ min: 2, max: 6 }),
          fc.double({ min: 1.02, max: 1.6, noNaN: true }),
          (seed, n, by) => {
            const some = seededReturns(seed, 40, n);
            const upper = by / n;
            const bounds = some.ids!.map((assetId) => ({ assetId, upper }));
            const solution = solve({
              returns: some,
              budgets: new Float64Array(n).fill(1 / n),
              constraints: { bounds },
            });
            expect(sum(solution.weights)).toBeCloseTo(1, 10);
            expect(Math.max(...solution.weights)).toBeLessThan(upper * (1 + 1e-9));
            expect(sum(solution.realisedShares)).toBeCloseTo(1, 8);
            const held = new Set(solution.binding.map(({ constraint }) => constraint.slice('upperBound:'.length)));
            const most = Math.max(...solution.realisedShares);
            some.ids!.forEach((id, i) => {
              if (held.has(id)) expect(solution.weights[i]! / upper).toBeCloseTo(1, 8);
              else expect(solution.realisedShares[i]! / most).toBeCloseTo(1, 6);
            });
            expect(solution.status).toBe(held.size > 0 ? 'constrained' : 'optimal');
          },
        ),
        { numRuns: 5 },
      );
    },
  );

  it.each(methods)('%s: takes signs and a volatility, and names the constraints that clash', (_, solve) => {
    const some = seededReturns(11, 80, 4);
    const budgets = new Float64Array(4).fill(0.25);
    const bounds = [
      { assetId: 'A0', upper: 0.05 },
      { assetId: 'A3', lower: -0.02 },
    ];
    const problem = { returns: some, budgets, signs: [1, 1, 1, -1] };
    const short = solve({ ...problem, constraints: { bounds }, scale: { kind: 'volatility', value: 0.1 } });
    expect(short.volatilityAnnual).toBeCloseTo(0.1, 10);
    expect(short.weights[3]).toBeGreaterThan(-0.02 - 1e-9);
    expect(short.weights[3]).toBeLessThan(0);
    const tight = ids.map((assetId) => ({ assetId, upper: 0.04 }));
    const clash = failureOf(() => solve({ ...base, constraints: { bounds: tight } }));
    expect(clash.reason).toBe('infeasible');
    expect(clash.details.clashing).toContain('net');
  });

  it.each(methods)('%s: where the bounds fix every weight these are the weights', (_, solve) => {
    const some = seededReturns(5, 60, 4);
    const bounds = some.ids!.map((assetId) => ({ assetId, upper: 0.25 }));
    const solution = solve({ returns: some, budgets: new Float64Array(4).fill(0.25), constraints: { bounds } });
    expect(relativeDifference(solution.weights, new Float64Array(4).fill(0.25))).toBeLessThan(1e-9);
    expect(solution.binding.map(({ constraint }) => constraint)).toEqual(
      expect.arrayContaining(some.ids!.map((id) => `upperBound:${id}`)),
    );
  });
});
