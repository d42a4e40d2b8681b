import { binomialAtMost, kupiecTest, trafficLight } from './exceptions.js';
import { harCoefficients, harSum, quietestMonth } from './har.js';
import { filteredProbabilities, probabilitiesAhead } from './regimes.js';
import { shapleyOverOrders } from './shapley.js';

describe('a heterogeneous autoregression', () => {
  it('finds the coefficients that made the series', () => {
    // One day ahead: 0.2 + 0.3 v + 0.2 mean of 5 + 0.1 mean of 22, moved so that the three differ.
    const squares = Array.from({ length: 22 }, (_, t) => 0.3 + ((t * 7) % 5) / 10);
    for (let t = 22; t < 200; t++) {
      const mean = (days: number): number => squares.slice(t - days, t).reduce((sum, value) => sum + value, 0) / days;
      squares.push(0.2 + 0.3 * mean(1) + 0.2 * mean(5) + 0.1 * mean(22));
    }
    const found = harCoefficients(squares, 1) ?? [];
    for (const [at, own] of [0.2, 0.3, 0.2, 0.1].entries()) expect(found[at]).toBeCloseTo(own, 6);
  });

  it('is undefined without days enough, or where nothing moves', () => {
    expect(harCoefficients(new Array<number>(30).fill(1), 1)).toBeUndefined();
    expect(harCoefficients(new Array<number>(100).fill(1), 1)).toBeUndefined();
  });

  it('never forecasts less than the quietest month', () => {
    const squares = [
      ...new Array<number>(22).fill(0),
      ...new Array<number>(22).fill(2),
      ...new Array<number>(22).fill(4),
    ];
    expect(quietestMonth(squares)).toBeCloseTo(2 / 22, 12);
    expect(harSum(squares, [-1, 0, 0, 0], 5)).toBeCloseTo(10 / 22, 12);
    expect(harSum(squares, [1, 0.5, 0, 0], 5)).toBe(15);
  });
});

describe('a filter of regimes', () => {
  const transition = [0.9, 0.1, 0.3, 0.7];

  it('is Bayes’ rule from the distribution that the chain rests in', () => {
    // At rest ¾ and ¼; the densities of a return of 1 with variances 1 and 4 are e^−½ and e^−⅛ / 2.
    const [calm, wild] = [0.75 * Math.exp(-0.5), (0.25 * Math.exp(-0.125)) / 2];
    const [first] = filteredProbabilities([1], { means: [0, 0], variances: [1, 4], transition });
    expect(first).toBeCloseTo(calm / (calm + wild), 14);
  });

  it('carries probabilities on by the chain', () => {
    const [first, second] = probabilitiesAhead([1, 0], transition, 2);
    expect(first).toBeCloseTo(0.84, 14);
    expect(second).toBeCloseTo(0.16, 14);
  });
});

describe('exceptions', () => {
  it('are as likely as the tables say', () => {
    // Basel, 250 days at 99 %: 4 exceptions 89.22 %, 5 exceptions 95.88 %, 10 exceptions 99.99 %.
    expect(binomialAtMost(4, 250, 0.99)).toBeCloseTo(0.8922, 4);
    expect(trafficLight(binomialAtMost(4, 250, 0.99))).toBe('green');
    expect(binomialAtMost(5, 250, 0.99)).toBeCloseTo(0.9588, 4);
    expect(trafficLight(binomialAtMost(5, 250, 0.99))).toBe('yellow');
    expect(trafficLight(binomialAtMost(10, 250, 0.99))).toBe('red');
    expect(binomialAtMost(3, 3, 0.95)).toBeCloseTo(1, 12);
  });

  it('are tested by the likelihood of their frequency', () => {
    expect(kupiecTest(5, 100, 0.95)).toEqual({ statistic: 0, pValue: 1 });
    // −2 ln(0.95¹⁰⁰).
    expect(kupiecTest(0, 100, 0.95).statistic).toBeCloseTo(-200 * Math.log(0.95), 12);
    // χ² of 3.841459 has 5 % beyond it.
    const { statistic, pValue } = kupiecTest(10, 100, 0.95);
    const own = 2 * (90 * Math.log(0.9 / 0.95) + 10 * Math.log(0.1 / 0.05));
    expect(statistic).toBeCloseTo(own, 12);
    expect(pValue).toBeGreaterThan(0.04);
    expect(pValue).toBeLessThan(0.05);
  });
});

describe('the split over orders', () => {
  it('gives halves of what two do only together, and nothing to one who does nothing', () => {
    // Player 0 adds 1 alone, players 0 and 1 together 3 more, player 2 nothing.
    const parts = shapleyOverOrders(3, (joined) => [(joined & 1 ? 1 : 0) + ((joined & 3) === 3 ? 3 : 0)]);
    expect(parts.map(([part]) => part)).toEqual([
      expect.closeTo(2.5, 14) as number,
      expect.closeTo(1.5, 14) as number,
      expect.closeTo(0, 14) as number,
    ]);
  });
});
