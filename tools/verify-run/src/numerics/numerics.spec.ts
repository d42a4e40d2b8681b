import { dailyContributions, dailyVariance, gaussianScales } from './gaussian.js';
import {
  expectedShortfall,
  losses,
  quantileType7,
  quantileWeights,
  scenarioContributions,
  tailWeights,
} from './historical.js';
import { normalDistribution, normalQuantile } from './normal.js';
import { ledoitWolfConstantCorrelation } from './shrinkage.js';

describe('normal distribution', () => {
  it('has the quantiles of the tables', () => {
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 14);
    expect(normalQuantile(0.99)).toBeCloseTo(2.3263478740408408, 13);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect(normalDistribution(-1.959963984540054)).toBeCloseTo(0.025, 15);
  });

  it('refuses a probability outside its range', () => {
    expect(() => normalQuantile(1)).toThrow(RangeError);
  });
});

describe('Gaussian figures', () => {
  // Two assets with 2 % and 1 % a day, correlation ½, held 60 : 40.
  const covariance = [
    [0.0004, 0.0001],
    [0.0001, 0.0001],
  ];
  const weights = [0.6, 0.4];

  it('are those worked by hand', () => {
    // 0.36·0.0004 + 2·0.24·0.0001 + 0.16·0.0001 = 0.000144 + 0.000048 + 0.000016
    expect(dailyVariance(weights, covariance)).toBeCloseTo(0.000208, 18);
    const sigma = Math.sqrt(0.000208);
    const [first, second] = dailyContributions(weights, covariance);
    // w₁(Σw)₁ = 0.6·(0.00024 + 0.00004) = 0.000168; w₂(Σw)₂ = 0.4·(0.00006 + 0.00004) = 0.00004
    expect(first).toBeCloseTo(0.000168 / sigma, 15);
    expect(second).toBeCloseTo(0.00004 / sigma, 15);
  });

  it('scale by the horizon and the confidence', () => {
    const scales = gaussianScales(0.95, 4);
    expect(scales.var).toBeCloseTo(2 * 1.6448536269514722, 13);
    expect(scales.es).toBeCloseTo(2 * 2.062712807507426, 12);
    expect(scales.annual).toBeCloseTo(15.874507866387544, 13);
  });
});

describe('historical figures', () => {
  const sample = [3, 1, 4, 1.5, 9, 2.6, 5, 3.5];

  it('interpolate between order statistics', () => {
    // sorted 1 1.5 2.6 3 3.5 4 5 9; position 7·0.75 = 5.25
    expect(quantileType7(sample, 0.75)).toBeCloseTo(4.25, 15);
    expect(quantileType7(sample, 1)).toBe(9);
  });

  it('weigh the boundary of the tail by the fraction left', () => {
    // 30 % of 8 = 2.4 scenarios: 9, 5 and four tenths of 4
    expect(expectedShortfall(sample, 0.7)).toBeCloseTo((9 + 5 + 0.4 * 4) / 2.4, 14);
    expect(tailWeights(sample, 0.7).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 15);
  });

  it('split the shortfall over positions without remainder', () => {
    const scenarios = [
      [0.01, -0.02],
      [-0.03, 0.01],
      [0.02, 0.02],
      [-0.01, -0.05],
    ];
    const parts = scenarioContributions([0.5, 0.5], scenarios, tailWeights(losses([0.5, 0.5], scenarios), 0.5));
    const whole = expectedShortfall(losses([0.5, 0.5], scenarios), 0.5);
    // the two worst days: −0.03 (loss 0.03) and −0.01 (loss 0.01); mean loss 0.02
    expect(whole).toBeCloseTo(0.02, 15);
    expect(parts[0]).toBeCloseTo((0.015 + 0.005) / 2, 15);
    expect(parts[1]).toBeCloseTo((-0.005 + 0.025) / 2, 15);
  });
});

describe('contributions to the historical value at risk', () => {
  it('sum to it, whatever the kernel weighs', () => {
    const scenarios = Array.from({ length: 60 }, (_, t) => [Math.sin(t) / 50, Math.cos(2.1 * t) / 40]);
    const weights = [0.7, 0.3];
    const loss = losses(weights, scenarios);
    const quantile = quantileType7(loss, 0.95);
    const parts = scenarioContributions(weights, scenarios, quantileWeights(loss, quantile));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(quantile, 15);
  });
});

describe('shrinkage to constant correlation', () => {
  it('leaves two assets as they are: their target is their sample', () => {
    const returns = [
      [0.01, 0.02],
      [-0.01, 0],
      [0.02, -0.01],
    ];
    const { covariance } = ledoitWolfConstantCorrelation(returns);
    // means 0.02/3 and 0.01/3; variances by hand over T = 3
    expect(covariance[0]?.[0]).toBeCloseTo(0.0006 / 3 - (0.02 / 3) ** 2, 15);
    expect(covariance[0]?.[1]).toBeCloseTo((0.0002 + 0 - 0.0002) / 3 - (0.02 / 3) * (0.01 / 3), 15);
  });

  it('keeps variances and shrinks only between pairs', () => {
    // Three assets, one of them the sum of the others: the sample correlations differ, so that the target does too.
    const returns = Array.from({ length: 40 }, (_, t) => {
      const a = Math.sin(t * 1.7) / 100;
      const b = Math.cos(t * 2.3) / 50;
      return [a, b, a + b];
    });
    const { covariance, shrinkage } = ledoitWolfConstantCorrelation(returns);
    const mean = returns.reduce((sum, row) => sum + (row[0] ?? 0), 0) / 40;
    const variance = returns.reduce((sum, row) => sum + ((row[0] ?? 0) - mean) ** 2, 0) / 40;
    expect(covariance[0]?.[0]).toBeCloseTo(variance, 18);
    expect(shrinkage).toBeGreaterThan(0);
    expect(shrinkage).toBeLessThanOrEqual(1);
  });
});
