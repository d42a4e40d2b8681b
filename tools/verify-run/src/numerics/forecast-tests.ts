export interface TestOutcome {
  readonly statistic: number;
  readonly pValue: number;
}

export interface Regression extends TestOutcome {
  readonly intercept: number;
  readonly slope: number;
  readonly interceptStandardError: number;
  readonly slopeStandardError: number;
  readonly rSquared: number;
  readonly lags: number;
}

/**
 * Mincer and Zarnowitz: what happened on a line of what was forecast, by least squares, and the test that the line is the diagonal. Errors
 * as Newey and West have them over days − 1 lags. All is written with the forecast less its mean, which leaves the same test and makes the
 * products of the regressors a diagonal.
 *
 * @returns null with fewer than 5 or 2 × days + 1 pairs, and where the forecasts are the same but for their rounding
 */
export function mincerZarnowitzTest(
  realised: readonly number[],
  forecasts: readonly number[],
  days: number,
): Regression | null {
  const count = realised.length;
  if (count < Math.max(5, 2 * days + 1)) return null;
  const [meanRealised, meanForecast] = [meanOf(realised), meanOf(forecasts)];
  const centred = forecasts.map((value) => value - meanForecast);
  const spread = sumOf(centred.map((value) => value * value));
  if (!(spread > 1e-20 * sumOf(forecasts.map((value) => value * value)))) return null;
  const slope = sumOf(centred.map((value, t) => value * ((realised[t] ?? NaN) - meanRealised))) / spread;
  const errors = centred.map((value, t) => (realised[t] ?? NaN) - meanRealised - slope * value);
  const lags = days - 1;
  const tilted = errors.map((error, t) => error * (centred[t] ?? NaN));
  // Variances of the height at the mean forecast and of the slope, and their covariance.
  const height = weightedProducts(errors, errors, lags, triangular) / count ** 2;
  const steep = weightedProducts(tilted, tilted, lags, triangular) / spread ** 2;
  const both = weightedProducts(errors, tilted, lags, triangular) / (count * spread);
  const [high, steeper] = [meanRealised - meanForecast, slope - 1];
  const statistic =
    (high * high * steep - 2 * high * steeper * both + steeper * steeper * height) / (height * steep - both * both);
  const total = sumOf(realised.map((value) => (value - meanRealised) ** 2));
  return {
    intercept: meanRealised - slope * meanForecast,
    slope,
    interceptStandardError: Math.sqrt(height - 2 * meanForecast * both + meanForecast ** 2 * steep),
    slopeStandardError: Math.sqrt(steep),
    rSquared: 1 - sumOf(errors.map((error) => error * error)) / total,
    statistic,
    pValue: Math.exp(-statistic / 2),
    lags,
  };
}

/**
 * Diebold and Mariano: whether two forecasts of so many days lose the same on average, with the correction of Harvey, Leybourne and Newbold.
 * Autocovariances count in full up to days − 1, and ever less where the sum would not be positive.
 *
 * @returns null with fewer than 3 or 2 × days + 1 pairs, and where the losses differ by the same amount every time
 */
export function dieboldMarianoTest(
  first: readonly number[],
  second: readonly number[],
  days: number,
): (TestOutcome & { readonly meanDifference: number }) | null {
  const count = first.length;
  if (count < Math.max(3, 2 * days + 1)) return null;
  const differences = first.map((value, t) => value - (second[t] ?? NaN));
  const meanDifference = meanOf(differences);
  if (differences.every((value) => value === 0)) return { statistic: 0, pValue: 1, meanDifference };
  const centred = differences.map((value) => value - meanDifference);
  const inFull = weightedProducts(centred, centred, days - 1, () => 1) / count;
  const variance = inFull > 0 ? inFull : weightedProducts(centred, centred, days - 1, triangular) / count;
  if (!(variance > 1e-24 * meanDifference ** 2)) return null;
  const correction = (count + 1 - 2 * days + (days * (days - 1)) / count) / count;
  const statistic = meanDifference * Math.sqrt((correction * count) / variance);
  return { statistic, pValue: studentTwoSided(statistic, count - 1), meanDifference };
}

/**
 * The chance that Student's t with whole degrees of freedom is at least so far from 0, by the finite sums of Abramowitz and Stegun
 * (26.7.3 and 26.7.4).
 */
export function studentTwoSided(t: number, degrees: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = 0;
  for (let k = odd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= ((k - 1) / k) * cosine * cosine;
  }
  const within = odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.max(0, 1 - within);
}

/** Σ over lags, both ways, of weight × Σ_t a_t b_{t−lag}. */
function weightedProducts(
  a: readonly number[],
  b: readonly number[],
  lags: number,
  weightOf: (lag: number, lags: number) => number,
): number {
  let total = 0;
  for (let lag = -lags; lag <= lags; lag++) {
    const own = a.map((value, t) => value * (b[t - lag] ?? 0));
    total += weightOf(Math.abs(lag), lags) * sumOf(own);
  }
  return total;
}

function triangular(lag: number, lags: number): number {
  return 1 - lag / (lags + 1);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}
