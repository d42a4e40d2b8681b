import { covarianceLosses, dynamicCorrelations, ewmaCorrelations } from './correlations.js';

describe('exponentially weighted correlations', () => {
  it('count the last day most, about means of 0', () => {
    // Weights ½ and 1: products −½ · 1 + 1 · 2 = 1.5, squares ½ · 1 + 1 = 1.5 and ½ + 4 = 4.5.
    const [, second] = ewmaCorrelations(
      [
        [1, 1],
        [-1, 2],
      ],
      0.5,
    );
    expect(second?.[0]).toBeCloseTo(1.5 / Math.sqrt(1.5 * 4.5), 14);
    expect(second?.[1]).toBeCloseTo(1, 14);
  });
});

describe('dynamic correlations', () => {
  // Both of mean square 1; the mean of their products is 0.
  const residuals = [
    [1, -1, 1, 1],
    [1, -1, -1, -1],
  ];

  it('run from the mean on and go back to it', () => {
    // Q starts at 0 off the diagonal and 1 on it: 0.2, 0.2 + 0.7 · 0.2 = 0.34, 0.038, −0.1734.
    const ahead = dynamicCorrelations(residuals, { a: 0.2, b: 0.7 }, [1, 2]);
    expect(ahead.get(1)?.[1]?.[0]).toBeCloseTo(-0.1734, 14);
    expect(ahead.get(2)?.[1]?.[0]).toBeCloseTo((-0.1734 * 1.9) / 2, 14);
  });

  it('do not depend on the size of the residuals', () => {
    const larger = residuals.map((column) => column.map((value) => 7 * value));
    const [own, other] = [residuals, larger].map((of) => dynamicCorrelations(of, { a: 0.2, b: 0.7 }, [5]).get(5));
    expect(other?.[1]?.[0]).toBeCloseTo(own?.[1]?.[0] ?? NaN, 14);
  });
});

describe('losses of a covariance', () => {
  it('are the likelihood of what came, and the square of what the covariance missed', () => {
    // det 3; the inverse is (2, −1; −1, 2) / 3; with (1, 1) and (2, 0): 2/3 and 8/3.
    const covariance = [
      [2, 1],
      [1, 2],
    ];
    const { qlike, squaredError } = covarianceLosses(covariance, [
      [1, 2],
      [1, 0],
    ]);
    expect(qlike).toBeCloseTo((Math.log(3) + 10 / 3) / 2, 14);
    expect(squaredError).toBe(0);
  });
});
