import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { leastSquares } from '../linear-algebra/least-squares.js';
import { type HacCovariance, hacCovariance } from '../scores/hac.js';
import { type VarianceForecast, varianceForecast } from './variance-forecast.js';

/** `variance`: of the measures themselves; `logarithm`: of their logarithms, where every measure is positive. */
export type HarForm = 'variance' | 'logarithm';

export interface HarOptions {
  readonly form?: HarForm;
  /** Days of the three averages; default 1, 5, 22. */
  readonly lags?: readonly number[];
}

/** A heterogeneous autoregression of a daily variance measure for one horizon. */
export interface HarFit {
  readonly form: HarForm;
  readonly lags: readonly number[];
  /** The regression is direct: it explains the mean of the measure over the next `horizonDays` days. */
  readonly horizonDays: number;
  /** Constant, then a coefficient for each lag. */
  readonly coefficients: Float64Array;
  /** Newey–West with horizonDays − 1 lags at least, for overlapping targets are correlated. */
  readonly standardErrors: Float64Array;
  readonly rSquared: number;
  readonly observations: number;
  /** Mean variance per day over the next `horizonDays` days after the last. */
  readonly forecast: VarianceForecast;
  /** Whether the linear form fell below the smallest measure seen and was raised to it. */
  readonly floored: boolean;
}

/**
 * HAR: mean of v over t+1 … t+h on a constant and the means of v over the last 1, 5 and 22 days, by least squares.
 *
 * In logarithms the forecast is exp(fitted + s²/2), s² the residual variance: the mean of a lognormal. In variances a
 * forecast below the smallest measure of the sample is raised to it ("insanity filter") and marked.
 *
 * Source: Corsi, Journal of Financial Econometrics 7 (2009), eq. 8; the filter: Swanson and White (1997).
 *
 * @param measures daily variance measures (squared returns, or range-based), not negative, oldest first
 * @throws RiskMathError `tooFewObservations`; `invalidInput` on a number that is negative or not finite; `outOfDomain` when
 *   the measures do not vary, or one is 0 and logarithms are asked
 */
export function fitHar(measures: Float64Array, horizonDays: number, options: HarOptions = {}): HarFit {
  requireInteger(horizonDays, 1, 'horizonDays');
  const { form = 'variance', lags = [1, 5, 22] } = options;
  requireLags(lags);
  requireMeasures(measures, form);
  const longest = Math.max(...lags);
  const columns = lags.length + 1;
  const rows = measures.length - longest - horizonDays + 1;
  requireObservations(measures.length, longest + horizonDays + 2 * columns, 'a heterogeneous autoregression');
  const size = sizeOf(measures);
  // Logarithms take any unit; variances are brought near 1.
  const scale = form === 'logarithm' ? 1 : size;
  const values = measures.map((value) => (form === 'logarithm' ? Math.log(value) : value / scale));
  const design = new Float64Array(rows * columns);
  const targets = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    regressors(values, row + longest - 1, lags).forEach((value, j) => (design[row * columns + j] = value));
    targets[row] = target(measures, row + longest, horizonDays, form, scale);
  }
  const fit = regress(design, targets, rows, columns);
  const covariance: HacCovariance = hacCovariance(design, fit.residuals, rows, columns, {
    lags: Math.max(horizonDays - 1, Math.floor(4 * (rows / 100) ** (2 / 9))),
  });
  const last = regressors(values, values.length - 1, lags);
  const predicted = last.reduce((total, value, j) => total + value * fit.coefficients[j]!, 0);
  const { ahead, floored } = level(predicted, form, fit.residualSquares / (rows - columns), measures, scale);
  return {
    form,
    lags,
    horizonDays,
    coefficients: withConstantTimes(fit.coefficients, scale),
    standardErrors: withConstantTimes(covariance.standardErrors, scale),
    rSquared: fit.rSquared,
    observations: rows,
    forecast: varianceForecast(new Float64Array(horizonDays).fill(ahead)),
    floored,
  };
}

/** What a heterogeneous autoregression of variances (not of logarithms) is known by. */
export type HarCoefficients = Pick<HarFit, 'lags' | 'horizonDays' | 'coefficients'>;

/**
 * A forecast by coefficients that are known: a new day without a new fit. One below the smallest mean of the measures over
 * the longest lag is raised to that mean, for a single quiet day says little of the least that a variance can be.
 *
 * @param measures daily variance measures, not negative, oldest first
 * @throws RiskMathError `tooFewObservations` below the longest lag; `invalidInput` on a measure that is negative or not finite,
 *   or coefficients that do not fit the lags; `outOfDomain` when every measure is 0
 */
export function harForecast(
  { lags, horizonDays, coefficients }: HarCoefficients,
  measures: Float64Array,
): VarianceForecast & Pick<HarFit, 'floored'> {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireLags(lags);
  requireLength(coefficients, lags.length + 1, 'coefficients');
  requireFinite(coefficients, 'coefficients');
  requireMeasures(measures, 'variance');
  const longest = Math.max(...lags);
  requireObservations(measures.length, longest, 'a forecast of a heterogeneous autoregression');
  const last = regressors(measures, measures.length - 1, lags);
  const predicted = last.reduce((total, value, j) => total + value * coefficients[j]!, 0);
  const least = smallestMean(measures, longest);
  const floored = predicted < least;
  return { ...varianceForecast(new Float64Array(horizonDays).fill(floored ? least : predicted)), floored };
}

/** The smallest positive mean over `days` in a row; of all where none is. A running sum, exact enough for a floor. */
function smallestMean(measures: Float64Array, days: number): number {
  const whole = sizeOf(measures);
  let least = whole;
  let total = 0;
  for (let t = 0; t < measures.length; t++) {
    total += measures[t]! - (t < days ? 0 : measures[t - days]!);
    if (t >= days - 1 && total > 1e-12 * days * whole) least = Math.min(least, total / days);
  }
  return least;
}

function requireLags(lags: readonly number[]): void {
  lags.forEach((lag) => requireInteger(lag, 1, 'lags'));
  if (lags.length === 0 || new Set(lags).size !== lags.length) {
    throw new RiskMathError('invalidInput', 'lags must be different numbers of days, at least one', { field: 'lags' });
  }
}

function requireMeasures(measures: Float64Array, form: HarForm): void {
  requireFinite(measures, 'measures');
  for (let t = 0; t < measures.length; t++) {
    if (measures[t]! < 0) {
      throw new RiskMathError('invalidInput', `measures[${t}] is ${measures[t]!}; a variance is not below 0`, {
        field: 'measures',
      });
    }
    if (form === 'logarithm' && measures[t] === 0) {
      throw new RiskMathError('outOfDomain', `measures[${t}] is 0, which has no logarithm`, { field: 'measures' });
    }
  }
}

/** Mean of the measures: the regression runs on numbers near 1, so that it is indifferent to units. */
function sizeOf(measures: Float64Array): number {
  let total = 0;
  for (const value of measures) total += value;
  if (!(total > 0)) {
    throw new RiskMathError('outOfDomain', 'every measure is 0, so that there is nothing to explain', {
      field: 'measures',
    });
  }
  return total / measures.length;
}

/** A constant and the means over the last days to `end`. */
function regressors(values: Float64Array, end: number, lags: readonly number[]): number[] {
  return [
    1,
    ...lags.map((lag) => {
      let total = 0;
      for (let t = end - lag + 1; t <= end; t++) total += values[t]!;
      return total / lag;
    }),
  ];
}

function target(measures: Float64Array, from: number, days: number, form: HarForm, scale: number): number {
  let total = 0;
  for (let t = from; t < from + days; t++) total += measures[t]!;
  return form === 'logarithm' ? Math.log(total / days) : total / days / scale;
}

function regress(
  design: Float64Array,
  targets: Float64Array,
  rows: number,
  columns: number,
): { coefficients: Float64Array; residuals: Float64Array; residualSquares: number; rSquared: number } {
  const { coefficients } = leastSquares(Float64Array.from(design), Float64Array.from(targets), rows, columns, 1);
  let mean = 0;
  for (const value of targets) mean += value / rows;
  let residualSquares = 0;
  let total = 0;
  const residuals = targets.map((value, row) => {
    let rest = value;
    for (let j = 0; j < columns; j++) rest -= coefficients[j]! * design[row * columns + j]!;
    residualSquares += rest * rest;
    total += (value - mean) ** 2;
    return rest;
  });
  return { coefficients, residuals, residualSquares, rSquared: total > 0 ? 1 - residualSquares / total : 0 };
}

function level(
  predicted: number,
  form: HarForm,
  residualVariance: number,
  measures: Float64Array,
  scale: number,
): { ahead: number; floored: boolean } {
  if (form === 'logarithm') return { ahead: Math.exp(predicted + residualVariance / 2), floored: false };
  let lowest = Infinity;
  for (const value of measures) if (value > 0) lowest = Math.min(lowest, value);
  const floored = predicted * scale < lowest;
  return { ahead: floored ? lowest : predicted * scale, floored };
}

/** Slopes have no unit; the constant has that of the measure. */
function withConstantTimes(values: Float64Array, scale: number): Float64Array {
  const result = Float64Array.from(values);
  result[0]! *= scale;
  return result;
}
