import { ownHypotheticalLoss } from '../evaluation/own-hypothetical.js';
import { solved } from './linear.js';

describe('a linear system', () => {
  it('is solved where its first pivot is 0, and refused where it has no one answer', () => {
    const [x, y] = solved(
      [
        [0, 2],
        [4, 1],
      ],
      [6, 11],
    );
    expect(x).toBeCloseTo(2, 14);
    expect(y).toBeCloseTo(3, 14);
    expect(() =>
      solved(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
    ).toThrow(RangeError);
  });
});

describe('a hypothetical loss', () => {
  it('moves the rest by beta, and is as far away as its deviations', () => {
    // Deviations 2 % and 1 %, correlation ½: the second falls by half of the covariance over the variance, ¼ of the first.
    const model = {
      instrumentIds: ['AAA', 'BBB'],
      covariance: [
        [0.0004, 0.0001],
        [0.0001, 0.0001],
      ],
    };
    const leaf = { strategy: 'growth', sector: 'Metals', issuer: 'x', value: 1 };
    const leaves = [
      { ...leaf, instrumentId: 'AAA', weight: 0.5 },
      { ...leaf, instrumentId: 'BBB', weight: 0.4 },
    ];
    const { distance, nodes } = ownHypotheticalLoss(model, new Map([['AAA', -0.1]]), leaves);
    expect(distance).toBeCloseTo(5, 12);
    expect(nodes.get('portfolio')).toBeCloseTo(0.5 * 0.1 + 0.4 * 0.025, 14);
    expect(nodes.get('leaf:growth/BBB')).toBeCloseTo(0.01, 14);
  });
});
