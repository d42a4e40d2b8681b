import { christoffersenTest } from './exceptions.js';
import { dieboldMarianoTest, mincerZarnowitzTest, studentTwoSided } from './forecast-tests.js';

describe('the regression of Mincer and Zarnowitz', () => {
  // ½ + 0.8 f and errors that have nothing to do with f.
  const forecasts = [1, 2, 3, 4, 5];
  const realised = forecasts.map((value, t) => 0.5 + 0.8 * value + ([1, -1, 0, -1, 1][t] ?? NaN));

  it('is that worked by hand', () => {
    const line = mincerZarnowitzTest(realised, forecasts, 1);
    // Σe² / 5² = 0.16 at the mean forecast, Σ(e(f − 3))² / 10² = 0.1 of the slope; 0.1 too low there and 0.2 too flat.
    expect(line?.intercept).toBeCloseTo(0.5, 14);
    expect(line?.slope).toBeCloseTo(0.8, 14);
    expect(line?.interceptStandardError).toBeCloseTo(Math.sqrt(0.16 + 9 * 0.1), 14);
    expect(line?.slopeStandardError).toBeCloseTo(Math.sqrt(0.1), 14);
    expect(line?.rSquared).toBeCloseTo(1 - 4 / 10.4, 14);
    expect(line?.statistic).toBeCloseTo(0.01 / 0.16 + 0.04 / 0.1, 13);
    expect(line?.pValue).toBeCloseTo(Math.exp(-0.4625 / 2), 14);
  });

  it('allows for errors of horizons that overlap', () => {
    // Σe² + Σe_t e_{t−1} = 4 − 2, and 10 − 4 of the slope.
    expect(mincerZarnowitzTest(realised, forecasts, 2)).toMatchObject({ lags: 1 });
    expect(mincerZarnowitzTest(realised, forecasts, 2)?.statistic).toBeCloseTo(0.01 / 0.08 + 0.04 / 0.06, 13);
  });

  it('says nothing of too few', () => {
    expect(mincerZarnowitzTest(realised, forecasts, 3)).toBeNull();
    expect(mincerZarnowitzTest([1, 2, 3, 4], [1, 2, 3, 4], 1)).toBeNull();
  });

  it('says nothing of forecasts that differ by their rounding alone', () => {
    expect(mincerZarnowitzTest(realised, [2e-4, 2e-4 + 3e-20, 2e-4, 2e-4 - 3e-20, 2e-4], 1)).toBeNull();
  });
});

describe('the test of Diebold and Mariano', () => {
  const none = [0, 0, 0, 0, 0];

  it('is that worked by hand', () => {
    const test = dieboldMarianoTest([1, 2, 3, 2, 2], none, 1);
    expect(test?.meanDifference).toBe(2);
    // Variance 0.4, correction 4/5; Student’s t with 4 degrees of freedom in its closed form.
    expect(test?.statistic).toBeCloseTo(Math.sqrt(40), 13);
    expect(test?.pValue).toBeCloseTo(1 - Math.sqrt(40 / 44) * (1 + 2 / 44), 14);
    expect(dieboldMarianoTest(none, [1, 2, 3, 2, 2], 1)?.statistic).toBeCloseTo(-Math.sqrt(40), 13);
  });

  it('weighs autocovariances ever less where their sum would not be positive', () => {
    // 4 − 2 · 3 is none; 4 − 3 over 5, with the correction 2.4/5.
    expect(dieboldMarianoTest([1, 3, 1, 3, 2], none, 2)?.statistic).toBeCloseTo(2 * Math.sqrt(12), 13);
  });

  it('says nothing of too few, nor where one loses the same amount more every time', () => {
    expect(dieboldMarianoTest([1, 2], [0, 0], 1)).toBeNull();
    expect(dieboldMarianoTest([1, 2, 3, 2], [0, 0, 0, 0], 2)).toBeNull();
    expect(dieboldMarianoTest([1, 1, 1], [0, 0, 0], 1)).toBeNull();
    expect(dieboldMarianoTest(none, none, 1)).toMatchObject({ statistic: 0, pValue: 1 });
  });
});

describe('Student’s t', () => {
  it('has the quantiles of the tables, for odd and even degrees of freedom', () => {
    expect(studentTwoSided(12.706204736, 1)).toBeCloseTo(0.05, 10);
    expect(studentTwoSided(4.30265273, 2)).toBeCloseTo(0.05, 9);
    expect(studentTwoSided(3.182446305, 3)).toBeCloseTo(0.05, 9);
    expect(studentTwoSided(2.228138852, 10)).toBeCloseTo(0.05, 9);
    expect(studentTwoSided(-1.984216952, 99)).toBeCloseTo(0.05, 8);
    expect(studentTwoSided(0, 7)).toBe(1);
  });
});

describe('the tests of Christoffersen', () => {
  it('are those worked by hand', () => {
    const { independence, conditionalCoverage } = christoffersenTest([true, true, false, false], 0.95);
    // After an exception 1 of 2, after none 0 of 1; 1 of 3 in all.
    const statistic = 2 * (2 * Math.log(1 / 2) - Math.log(1 / 3) - 2 * Math.log(2 / 3));
    expect(independence.statistic).toBeCloseTo(statistic, 14);
    expect(independence.pValue).toBeCloseTo(0.3063154055027366, 12);
    const frequency = 2 * (Math.log(1 / 3) + 2 * Math.log(2 / 3) - Math.log(0.05) - 2 * Math.log(0.95));
    expect(conditionalCoverage.statistic).toBeCloseTo(statistic + frequency, 13);
    expect(conditionalCoverage.pValue).toBeCloseTo(Math.exp(-(statistic + frequency) / 2), 14);
  });
});
