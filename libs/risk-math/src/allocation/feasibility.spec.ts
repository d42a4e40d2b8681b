import fc from 'fast-check';
import { capped, covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { riskBudgeting, riskParity } from './risk-budgeting.js';
import { equalWeight } from './target-weights.js';
import { type GroupConstraint, type WeightBound } from './types.js';

describe('constraints that clash', () => {
  const clashing = (bounds: WeightBound[], rows: GroupConstraint[] = [], budgets?: number[]): readonly string[] => {
    const constraints = { bounds, groups: rows };
    const failure = failureOf(() =>
      budgets === undefined
        ? riskParity({ covariance, constraints })
        : riskBudgeting({ covariance, constraints, budgets }),
    );
    expect(failure.reason).toBe('infeasible');
    return failure.details.clashing ?? [];
  };

  it('are named: caps too low to invest everything, all of them', () => {
    expect(clashing(capped(0.04))).toEqual(['net', ...ids.map((id) => `upperBound:${id}`)]);
  });

  it('are named without the innocent ones', () => {
    const bounds = [
      { assetId: 'AAPL', lower: 0.2 },
      { assetId: 'AMD', lower: 0.15 },
      { assetId: 'XOM', lower: 0.01, upper: 0.5 },
    ];
    const rows = [
      { id: 'technology', assetIds: ['AAPL', 'AMD', 'MSFT'], upper: 0.3 },
      { id: 'energy', assetIds: ['XOM', 'CVX'], upper: 0.4 },
    ];
    expect(clashing(bounds, rows)).toEqual(['groupUpper:technology', 'lowerBound:AAPL', 'lowerBound:AMD']);
  });

  it('are found where a budget of 0 meets a lower bound', () => {
    const budgets = ids.map((_, i) => (i === 0 ? 0 : 1 / 19));
    expect(clashing([{ assetId: 'AAPL', lower: 0.1 }], [], budgets)).toEqual(['lowerBound:AAPL', 'zeroBudget:AAPL']);
  });

  it('are found where bounds cross, or a bound meets the sign', () => {
    expect(clashing([{ assetId: 'AAPL', lower: 0.2, upper: 0.1 }])).toEqual(['lowerBound:AAPL', 'upperBound:AAPL']);
    expect(clashing([{ assetId: 'AAPL', upper: -0.1 }])).toEqual(['upperBound:AAPL', 'long:AAPL']);
  });

  it('are minimal: without any one of them there is an answer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ lower: fc.integer({ min: 0, max: 30 }), width: fc.integer({ min: 0, max: 20 }) }), {
          minLength: 5,
          maxLength: 5,
        }),
        fc.array(
          fc.record({
            from: fc.integer({ min: 0, max: 3 }),
            lower: fc.integer({ min: 0, max: 60 }),
            width: fc.integer({ min: 0, max: 25 }),
          }),
          {
            maxLength: 3,
          },
        ),
        (boxes, rows) => {
          const matrix = seededCovariance(1, 5);
          const assetIds = matrix.ids!;
          const bounds = boxes.map(({ lower, width }, i) => ({
            assetId: assetIds[i]!,
            lower: lower / 100,
            upper: (lower + width) / 100,
          }));
          const given = rows.map(({ from, lower, width }, i) => ({
            id: `g${i}`,
            assetIds: assetIds.slice(from, from + 2),
            lower: lower / 100,
            upper: (lower + width) / 100,
          }));
          const solve = (b: WeightBound[], g: GroupConstraint[]): readonly string[] | null => {
            try {
              equalWeight({ covariance: matrix, constraints: { bounds: b, groups: g } });
              return null;
            } catch (error) {
              return (
                failureOf(() => {
                  throw error;
                }).details.clashing ?? null
              );
            }
          };
          const clash = solve(bounds, given);
          fc.pre(clash !== null);
          for (const left of clash!) {
            if (left === 'net') continue;
            const keep = (name: string): boolean => clash!.includes(name) && name !== left;
            const some = solve(
              bounds.map(({ assetId, lower, upper }) => ({
                assetId,
                ...(keep(`lowerBound:${assetId}`) ? { lower } : {}),
                ...(keep(`upperBound:${assetId}`) ? { upper } : {}),
              })),
              given.map(({ id, assetIds: members, lower, upper }) => ({
                id,
                assetIds: members,
                ...(keep(`groupLower:${id}`) ? { lower } : {}),
                ...(keep(`groupUpper:${id}`) ? { upper } : {}),
              })),
            );
            if (clash!.includes('net')) expect(some).toBeNull();
            else expect(some === null || some.includes('net')).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
