import fc from 'fast-check';
import { bottomOf, budgetingAccuracy } from './accuracy.js';

const nodes = (...pairs: [budgeted: number, taken: number][]) =>
  pairs.map(([budgeted, taken]) => ({ budgeted, taken }));

describe('the accuracy of risk budgeting', () => {
  it('is 1 where each takes its share, whatever the units, and falls by what stands with the wrong node', () => {
    expect(budgetingAccuracy(nodes([1, 0.05], [1, 0.05], [2, 0.1]))).toBeCloseTo(1, 15);
    expect(budgetingAccuracy(nodes([0.5, 0.6], [0.5, 0.4]))).toBeCloseTo(0.9, 15);
    expect(budgetingAccuracy(nodes([1, 0], [0, 1]))).toBe(0);
    expect(budgetingAccuracy(nodes([0.5, 1.5], [0.5, -0.5]))).toBe(0); // a hedge takes risk away
  });

  it('is not there without a budget or without risk', () => {
    expect(budgetingAccuracy(nodes([0, 1]))).toBeNull();
    expect(budgetingAccuracy(nodes([1, 0]))).toBeNull();
    expect(budgetingAccuracy([])).toBeNull();
  });

  it('does not depend on the order or the scale, and is at most 1', () => {
    const pair = fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(pair, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (all, scale) => {
          const accuracy = budgetingAccuracy(nodes(...all)) ?? Number.NaN;
          const other = nodes(...all.map(([a, b]): [number, number] => [a * scale, b]).reverse());
          expect(accuracy).toBeLessThanOrEqual(1);
          expect(accuracy).toBeGreaterThanOrEqual(0);
          expect(budgetingAccuracy(other)).toBeCloseTo(accuracy, 12);
        },
      ),
    );
  });

  it('is over the bottom of the tree, however deep it is', () => {
    const tree = [
      { nodeId: 'portfolio', parentId: null },
      { nodeId: 'strategy:a', parentId: 'portfolio' },
      { nodeId: 'strategy:b', parentId: 'portfolio' },
      { nodeId: 'sector:b/x', parentId: 'strategy:b' },
    ];
    expect(bottomOf(tree).map((node) => node.nodeId)).toEqual(['strategy:a', 'sector:b/x']);
  });
});
