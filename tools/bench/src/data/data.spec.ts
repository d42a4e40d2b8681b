import { factorReturns } from './market-model.js';
import { sampleReturns } from './sample.js';

describe('returns of the benchmarks', () => {
  it('are the same in every run', () => {
    const one = factorReturns(7, 50);
    expect(Array.from(factorReturns(7, 50).values)).toEqual(Array.from(one.values));
    expect(Array.from(factorReturns(7, 50, 1).values)).not.toEqual(Array.from(one.values));
  });

  it('have one market: assets correlate at 0.15 to 0.75 on average, and move 1 to 3 % a day', () => {
    const { values, observations, assets } = factorReturns(30, 1000);
    const deviations = Array.from({ length: assets }, (_, i) => {
      let squares = 0;
      for (let t = 0; t < observations; t++) squares += values[t * assets + i]! ** 2;
      return Math.sqrt(squares / observations);
    });
    for (const deviation of deviations) expect(deviation > 0.008 && deviation < 0.035).toBe(true);
    let whole = 0;
    for (let t = 0; t < observations; t++) {
      let total = 0;
      for (let i = 0; i < assets; i++) total += values[t * assets + i]! / deviations[i]!;
      whole += total * total;
    }
    const meanCorrelation = (whole / observations / assets - 1) / (assets - 1);
    expect(meanCorrelation).toBeGreaterThan(0.15);
    expect(meanCorrelation).toBeLessThan(0.75);
  });

  it('of 20 assets are the last 1,000 of the sample to the end of 2018', () => {
    const returns = sampleReturns();
    expect([returns.observations, returns.assets]).toEqual([1000, 20]);
    expect(returns.ids[0]).toBe('AAPL');
    // AAPL closed at 37.588 and 37.951 on the last two days of 2018.
    expect(returns.values[999 * 20]).toBeCloseTo(37.951 / 37.588 - 1, 14);
  });
});
