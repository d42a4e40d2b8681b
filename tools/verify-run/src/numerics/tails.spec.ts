import { normalLosses, paretoErrors, paretoLogLikelihood, studentLosses, tailMean } from './tails.js';

describe('tails of losses', () => {
  it('are those of the tables for the normal distribution and Student’s t', () => {
    expect(normalLosses(2)(0.99)).toBeCloseTo(2 * 2.3263478740408408, 12);
    // With 5 degrees of freedom, from a variance of 5/3 to 1.
    expect(studentLosses(1, 5)(0.99)).toBeCloseTo(3.364929999 * Math.sqrt(0.6), 8);
    expect(studentLosses(1, 5)(0.95)).toBeCloseTo(2.015048373 * Math.sqrt(0.6), 8);
  });

  it('have the mean that is known, and an error that falls with the root of the draws', () => {
    // φ(z) / 0.01 of the normal distribution; (f(t) / 0.01) (5 + t²) / 4 of Student’s t.
    expect(tailMean(normalLosses(1), 0.99, 1000).mean).toBeCloseTo(2.665214, 2);
    const [few, many] = [1000, 4000].map((draws) => tailMean(normalLosses(1), 0.99, draws).standardError);
    expect((few ?? NaN) / (many ?? NaN)).toBeCloseTo(2, 12);
    // Var(L | L > q) = 1 + z m − m², and (m − z)² for the quantile that is estimated too.
    const [z, m] = [2.3263478740408408, 2.6652142203];
    expect(few).toBeCloseTo(Math.sqrt((1 + z * m - m * m + 0.99 * (m - z) ** 2) / 10), 2);
  });

  it('have the likelihood of the generalised Pareto distribution', () => {
    // ½ (1 + y/4)^(−3) for shape ½ and scale 2; e^(−y/2)/2 where the shape is 0.
    expect(paretoLogLikelihood([1, 4], 0.5, 2)).toBeCloseTo(
      -2 * Math.log(2) - 3 * Math.log(1.25) - 3 * Math.log(2),
      13,
    );
    expect(paretoLogLikelihood([1, 4], 0, 2)).toBeCloseTo(-2 * Math.log(2) - 2.5, 13);
    expect(paretoLogLikelihood([1, 5], -0.5, 2)).toBe(-Infinity);
  });

  it('have errors as the curvature of the likelihood gives them', () => {
    // Of many excesses of a known distribution they come near to (1 + ξ)/√n and β √(2(1 + ξ)/n).
    const count = 20_000;
    const excesses = Array.from({ length: count }, (_, k) => 2 * (((1 - (k + 0.5) / count) ** -0.25 - 1) / 0.25));
    const { shape, scale } = paretoErrors(excesses, 0.25, 2);
    expect(shape / (1.25 / Math.sqrt(count))).toBeCloseTo(1, 1);
    expect(scale / (2 * Math.sqrt(2.5 / count))).toBeCloseTo(1, 1);
  });
});
