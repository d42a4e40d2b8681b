import { covariance, expected, ids, names } from '../../test/support/allocation.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference } from '../../test/support/golden.js';
import { groupedRiskBudgeting } from './grouped-risk-budgeting.js';

describe('budgets by group', () => {
  const members = expected.byGroup.members.map(names);
  const budgetGroups = members.map((assetIds, i) => ({ id: `g${i}`, assetIds, share: expected.byGroup.shares[i]! }));

  it('with fixed weights inside agree with SciPy on the composites', () => {
    const solution = groupedRiskBudgeting({ covariance, groups: budgetGroups, within: { kind: 'equalWeight' } });
    const groupWeights = solution.groups.map(({ weight }) => weight);
    expect(relativeDifference(groupWeights, expected.byGroup.groupWeights)).toBeLessThan(1e-10);
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
