import { ewmaResiduals, garchRun, garchSum, nextEwma, qlikeLoss } from './variance-models.js';

describe('variance models in plain loops', () => {
  it('give by hand what they give', () => {
    // Start: (0.01² + 0.94 · 0.02²) / 1.94.
    const start = (1e-4 + 0.94 * 4e-4) / 1.94;
    expect(nextEwma([0.01, -0.02], 0.9)).toBeCloseTo(0.81 * start + 0.09 * 1e-4 + 0.1 * 4e-4, 15);
    const parameters = { omega: 0.1, alpha: 0.05, gamma: 0.1, beta: 0.8 };
    const first = 0.1 + 0.9 * start * 1e4;
    const second = 0.1 + 0.05 * 1 + 0.8 * first;
    const { next, residuals, logLikelihood } = garchRun([0.01, -0.02], parameters);
    expect(next).toBeCloseTo((0.1 + 0.15 * 4 + 0.8 * second) / 1e4, 15);
    expect(logLikelihood).toBeCloseTo(
      -(2 * Math.log(2 * Math.PI) + Math.log(first) + 1 / first + Math.log(second) + 4 / second) / 2,
      12,
    );
    expect(residuals).toEqual([1 / Math.sqrt(first), -2 / Math.sqrt(second)]);
    expect(ewmaResiduals([0.01, -0.02], 0.9)[1]).toBeCloseTo(-0.02 / Math.sqrt(0.9 * start + 0.1 * 1e-4), 12);
    expect(garchSum(2e-4, parameters, 2)).toBeCloseTo(2e-4 + 1e-5 + 0.9 * 2e-4, 15);
    expect(qlikeLoss(2, 1)).toBeCloseTo(2 - Math.log(2) - 1, 15);
    expect(qlikeLoss(0, 1)).toBeCloseTo(1e-4 - Math.log(1e-4) - 1, 15);
  });
});
