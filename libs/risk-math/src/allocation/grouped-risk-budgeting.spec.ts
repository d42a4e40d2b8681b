import fc from 'fast-check';
import { covariance, expected, ids, names } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { picked, reverse, reversed, scaled, withStill } from '../../test/support/covariances.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createCovariance } from '../model/covariance.js';
import { groupedRiskBudgeting } from './grouped-risk-budgeting.js';

describe('budgets by group', () => {
  const members = expected.byGroup.members.map(names);
  const budgetGroups = members.map((assetIds, i) => ({ id: `g${i}`, assetIds, share: expected.byGroup.shares[i]! }));

  it('with fixed weights inside agree with SciPy on the composites', () => {
    const solution = groupedRiskBudgeting({ covariance, groups: budgetGroups, within: { kind: 'equalWeight' } });
    const groupWeights = solution.groups.map(({ weight }) => weight);
    expect(seen('Risk budgets, long', relativeDifference(groupWeights, expected.byGroup.groupWeights))).toBeLessThan(
      1e-10,
    );
    expect(new Set(solution.weights.subarray(0, 6)).size).toBe(1);
  });

  it.each(['equalRisk', 'equalWeight', 'inverseVolatility'] as const)('are met with %s inside', (kind) => {
    const { groups: shares, realisedShares } = groupedRiskBudgeting({
      covariance,
      groups: budgetGroups,
      within: { kind },
    });
    shares.forEach(({ realisedShare, targetShare }, i) => {
      expect(realisedShare).toBeCloseTo(expected.byGroup.shares[i]!, 12);
      expect(targetShare).toBeCloseTo(expected.byGroup.shares[i]!, 12);
    });
    if (kind === 'equalRisk') expect(realisedShares[0]).toBeCloseTo(0.5 / 6, 12);
  });

  it('hold a bound of one asset by holding its whole group', () => {
    const solution = groupedRiskBudgeting({
      covariance,
      groups: budgetGroups,
      within: { kind: 'equalWeight' },
      constraints: { bounds: [{ assetId: ids[2]!, upper: 0.04 }] },
    });
    expect(solution.weights[2]).toBeCloseTo(0.04, 12);
    expect(solution.binding).toEqual([{ constraint: `upperBound:${ids[2]}`, bound: 0.04, value: solution.weights[2] }]);
    expect(solution.groups[0]!.realisedShare).toBeLessThan(0.5);
  });

  it('refuse an asset in two groups or in none', () => {
    const [first] = budgetGroups;
    const call = (all: typeof budgetGroups) => () =>
      groupedRiskBudgeting({ covariance, groups: all, within: { kind: 'equalRisk' } });
    expect(failureOf(call([{ ...first!, share: 1 }])).details.field).toBe('groups');
    expect(failureOf(call([...budgetGroups, { ...first!, id: 'again', share: 0 }])).reason).toBe('invalidInput');
  });
});

describe('budgets by group on any covariance', () => {
  const kinds = ['equalRisk', 'equalWeight', 'inverseVolatility'] as const;
  /** Two groups that the assets join in turn, the first with `share`. */
  const inTurn = (assetIds: readonly string[], share: number) => [
    { id: 'even', assetIds: assetIds.filter((_, i) => i % 2 === 0), share },
    { id: 'odd', assetIds: assetIds.filter((_, i) => i % 2 === 1), share: 1 - share },
  ];

  it('are met, sum to one, move with their assets and groups, and do not depend on the unit', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 9 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.constantFrom(...kinds),
        fc.constantFrom(1e-12, 1e6),
        (seed, assets, share, kind, size) => {
          const matrix = seededCovariance(seed, assets);
          const groups = inTurn(matrix.ids!, share);
          const solve = (of: typeof matrix, inOrder = groups) =>
            groupedRiskBudgeting({ covariance: of, groups: inOrder, within: { kind } });
          const solution = solve(matrix);
          expect(sum(solution.weights)).toBeCloseTo(1, 12);
          expect(sum(solution.realisedShares)).toBeCloseTo(1, 12);
          solution.groups.forEach(({ realisedShare, weight, id }, k) => {
            expect(realisedShare).toBeCloseTo(groups[k]!.share, 10);
            const members = solution.weights.filter((_, i) => groups[k]!.assetIds.includes(matrix.ids![i]!));
            expect([id, sum(members)]).toEqual([groups[k]!.id, expect.closeTo(weight, 12)]);
          });
          const turned = solve(reversed(matrix), [...groups].reverse());
          expect(relativeDifference(reverse(turned.weights), solution.weights)).toBeLessThan(1e-10);
          const other = solve(scaled(matrix, size));
          expect(relativeDifference(other.weights, solution.weights)).toBeLessThan(1e-9);
          expect(other.volatilityAnnual / solution.volatilityAnnual / size).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(kinds)('with %s inside give twins one weight, and one asset everything', (kind) => {
    const twins = picked(seededCovariance(4, 3), [0, 1, 2, 0]);
    const groups = [
      { id: 'twins', assetIds: [twins.ids![0]!, twins.ids![3]!], share: 0.4 },
      { id: 'rest', assetIds: [twins.ids![1]!, twins.ids![2]!], share: 0.6 },
    ];
    const { weights, groups: shares } = groupedRiskBudgeting({ covariance: twins, groups, within: { kind } });
    expect(weights[0]).toBeCloseTo(weights[3]!, 12);
    expect(shares[0]!.realisedShare).toBeCloseTo(0.4, 12);
    const one = picked(twins, [1]);
    const all = [{ id: 'all', assetIds: one.ids!, share: 1 }];
    expect(Array.from(groupedRiskBudgeting({ covariance: one, groups: all, within: { kind } }).weights)).toEqual([1]);
  });

  it('carry an asset without variance beside others of its group, and refuse a budget that nothing can take', () => {
    const matrix = withStill(seededCovariance(6, 3));
    const groups = [
      { id: 'with', assetIds: ['A0', 'STILL'], share: 0.5 },
      { id: 'without', assetIds: ['A1', 'A2'], share: 0.5 },
    ];
    const solve = (kind: (typeof kinds)[number], of = groups) =>
      groupedRiskBudgeting({ covariance: matrix, groups: of, within: { kind } });
    const solution = solve('equalWeight');
    expect(solution.groups[0]!.realisedShare).toBeCloseTo(0.5, 12);
    expect(solution.realisedShares[3]).toBe(0);
    expect(solution.weights[3]).toBe(solution.weights[0]);
    for (const kind of ['equalRisk', 'inverseVolatility'] as const) {
      expect(failureOf(() => solve(kind)).reason).toBe('outOfDomain');
    }
    const alone = [
      { id: 'still', assetIds: ['STILL'], share: 0.5 },
      { id: 'rest', assetIds: ['A0', 'A1', 'A2'], share: 0.5 },
    ];
    for (const kind of kinds) expect(failureOf(() => solve(kind, alone)).reason).toBe('outOfDomain');
  });

  it('are refused where they are no numbers, and of nothing', () => {
    const matrix = seededCovariance(2, 4);
    const of = (share: number) => () =>
      groupedRiskBudgeting({ covariance: matrix, groups: inTurn(matrix.ids!, share), within: { kind: 'equalRisk' } });
    expect(failureOf(of(NaN)).details.field).toBe('budgets');
    expect(failureOf(of(1.2)).details.field).toBe('budgets');
    const weights = Float64Array.of(1, NaN, 1, 1);
    const within = { kind: 'relativeWeights', weights } as const;
    const groups = inTurn(matrix.ids!, 0.5);
    expect(failureOf(() => groupedRiskBudgeting({ covariance: matrix, groups, within })).reason).toBe('invalidInput');
    const nothing = createCovariance(new Float64Array(0), 0, { ids: [] });
    for (const kind of kinds) {
      const call = () => groupedRiskBudgeting({ covariance: nothing, groups: [], within: { kind } });
      expect(failureOf(call).reason).toBe('invalidInput');
    }
  });
});
