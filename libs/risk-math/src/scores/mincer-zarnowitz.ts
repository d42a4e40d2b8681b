import { chiSquaredSurvival } from '../distribution/incomplete-gamma.js';
import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { solveInPlace } from '../linear-algebra/linear-system.js';
import { leastSquares } from '../linear-algebra/least-squares.js';
import { hacCovariance } from './hac.js';

export interface MincerZarnowitzResult {
  /** 0 for an unbiased forecast; in the unit of the forecasts. */
  readonly intercept: number;
  /** 1 for an unbiased forecast. */
  readonly slope: number;
  readonly interceptStandardError: number;
  readonly slopeStandardError: number;
  readonly rSquared: number;
  /** Wald statistic of intercept 0 and slope 1, χ²(2). */
  readonly statistic: number;
  readonly pValue: number;
  /** Newey–West lags behind the standard errors. */
  readonly lags: number;
}

/**
 * Realised = a + b · forecast + e, with standard errors that allow for the overlap of horizons (Newey–West; h − 1 lags).
 *
 * Source: Mincer and Zarnowitz, "The evaluation of economic forecasts" (1969).
 *
 * @throws RiskMathError `tooFewObservations` below max(5, 2h + 1) days; `outOfDomain` when the forecasts are all the same,
 *   or fit exactly
 */
export function mincerZarnowitz(
  realised: Float64Array,
  forecasts: Float64Array,
  horizonDays: number,
): MincerZarnowitzResult {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireLength(forecasts, realised.length, 'forecasts');
  requireObservations(realised.length, Math.max(5, 2 * horizonDays + 1), 'a regression of Mincer and Zarnowitz');
  requireFinite(realised, 'realised');
  requireFinite(forecasts, 'forecasts');
  const rows = realised.length;
  const scale = sizeOf(forecasts);
  const design = Float64Array.from({ length: 2 * rows }, (_, at) => (at % 2 === 0 ? 1 : forecasts[at >> 1]! / scale));
  const target = realised.map((value) => value / scale);
  const { coefficients } = leastSquares(Float64Array.from(design), Float64Array.from(target), rows, 2, 1);
  const [intercept, slope] = [coefficients[0]!, coefficients[1]!];
  const residuals = target.map((value, t) => value - intercept - slope * design[2 * t + 1]!);
  const lags = horizonDays - 1;
  const { values, standardErrors } = hacCovariance(design, residuals, rows, 2, { lags });
  const gap = new Float64Array([intercept, slope - 1]);
  const solved = Float64Array.from(gap);
  if (!solveInPlace(Float64Array.from(values), solved, 2)) {
    throw new RiskMathError('outOfDomain', 'realised variance is an exact line of the forecast', { field: 'realised' });
  }
  const statistic = Math.max(0, gap[0]! * solved[0]! + gap[1]! * solved[1]!);
  return {
    intercept: intercept * scale,
    slope,
    interceptStandardError: standardErrors[0]! * scale,
    slopeStandardError: standardErrors[1]!,
    rSquared: explained(target, residuals),
    statistic,
    pValue: chiSquaredSurvival(statistic, 2),
    lags,
  };
}

function sizeOf(values: Float64Array): number {
  let total = 0;
  for (const value of values) total = Math.max(total, Math.abs(value));
  return total > 0 ? total : 1;
}

function explained(target: Float64Array, residuals: Float64Array): number {
  let mean = 0;
  for (const value of target) mean += value / target.length;
  let total = 0;
  let rest = 0;
  target.forEach((value, t) => {
    total += (value - mean) ** 2;
    rest += residuals[t]! ** 2;
  });
  return total > 0 ? 1 - rest / total : 0;
}
