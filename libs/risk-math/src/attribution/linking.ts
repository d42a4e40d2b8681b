import { requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Effects of several periods as effects on the return of all of them. */
export interface LinkedEffects {
  /** Π(1 + R) − 1. */
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  /** By effect; they sum to `portfolioReturn − benchmarkReturn` when every period's sum to its active return. */
  readonly effects: Float64Array;
  /** What each period's effects were multiplied by. */
  readonly coefficients: Float64Array;
}

/**
 * Links effects over periods with logarithmic coefficients: k_t / k with
 * k_t = (ln(1 + R_t) − ln(1 + B_t)) / (R_t − B_t), and 1 / (1 + R_t) where both returns are the same.
 *
 * Source: Cariño, "Combining attribution effects over time", Journal of Performance Measurement 3 (1999).
 *
 * @param portfolioReturns T simple returns
 * @param benchmarkReturns T simple returns; all 0 to link contributions to the portfolio's own return
 * @param effects T×m row-major, each row summing to that period's active return
 * @throws RiskMathError `outOfDomain` on a return of −1 or below; `tooFewObservations` without a period; `invalidInput`
 */
export function carinoLinking(
  portfolioReturns: Float64Array,
  benchmarkReturns: Float64Array,
  effects: Float64Array,
): LinkedEffects {
  const periods = checked(portfolioReturns, benchmarkReturns, effects);
  const portfolioReturn = compounded(portfolioReturns);
  const benchmarkReturn = compounded(benchmarkReturns);
  const whole = logarithmicRatio(portfolioReturn, benchmarkReturn);
  const coefficients = portfolioReturns.map((value, t) => logarithmicRatio(value, benchmarkReturns[t]!) / whole);
  return { portfolioReturn, benchmarkReturn, effects: weighted(effects, periods, coefficients), coefficients };
}

/**
 * Links effects over periods with coefficients as equal as can be: M + α_t, with the natural scaling M and the least squares
 * correction α_t that makes the sum exact.
 *
 * Source: Menchero, "An optimized approach to linking attribution effects over time", Journal of Performance Measurement 5
 * (2000).
 *
 * Parameters and errors as `carinoLinking`.
 */
export function mencheroLinking(
  portfolioReturns: Float64Array,
  benchmarkReturns: Float64Array,
  effects: Float64Array,
): LinkedEffects {
  const periods = checked(portfolioReturns, benchmarkReturns, effects);
  const portfolioReturn = compounded(portfolioReturns);
  const benchmarkReturn = compounded(benchmarkReturns);
  const active = activeReturn(portfolioReturns, benchmarkReturns);
  const natural = naturalScaling(portfolioReturn, benchmarkReturn, periods);
  let sum = 0;
  let squares = 0;
  portfolioReturns.forEach((value, t) => {
    const difference = value - benchmarkReturns[t]!;
    sum += difference;
    squares += difference * difference;
  });
  const correction = squares > 0 ? (active - natural * sum) / squares : 0;
  const coefficients = portfolioReturns.map((value, t) => natural + correction * (value - benchmarkReturns[t]!));
  return { portfolioReturn, benchmarkReturn, effects: weighted(effects, periods, coefficients), coefficients };
}

/** (R − B) / T over the difference of the geometric mean growths; its limit where both are the same. */
function naturalScaling(portfolioReturn: number, benchmarkReturn: number, periods: number): number {
  const high = Math.log1p(portfolioReturn) / periods;
  const low = Math.log1p(benchmarkReturn) / periods;
  const spread = high - low;
  if (spread === 0) return Math.exp(high * (periods - 1));
  const growth = Math.exp(low * periods) * Math.expm1(spread * periods);
  return growth / periods / (Math.exp(low) * Math.expm1(spread));
}

/** (ln(1 + a) − ln(1 + b)) / (a − b), without cancellation. */
function logarithmicRatio(a: number, b: number): number {
  const relative = (a - b) / (1 + b);
  return relative === 0 ? 1 / (1 + a) : Math.log1p(relative) / relative / (1 + b);
}

function compounded(returns: Float64Array): number {
  let growth = 0;
  for (const value of returns) growth += value + growth * value;
  return growth;
}

/** Π(1 + R) − Π(1 + B) without cancellation, from the differences of the periods. */
function activeReturn(portfolio: Float64Array, benchmark: Float64Array): number {
  let active = 0;
  let growth = 1;
  portfolio.forEach((value, t) => {
    active = active * (1 + value) + growth * (value - benchmark[t]!);
    growth *= 1 + benchmark[t]!;
  });
  return active;
}

function weighted(effects: Float64Array, periods: number, coefficients: Float64Array): Float64Array {
  const count = effects.length / periods;
  const result = new Float64Array(count);
  for (let t = 0; t < periods; t++) {
    for (let k = 0; k < count; k++) result[k]! += coefficients[t]! * effects[t * count + k]!;
  }
  return result;
}

function checked(portfolio: Float64Array, benchmark: Float64Array, effects: Float64Array): number {
  const periods = portfolio.length;
  requireObservations(periods, 1, 'linking');
  requireLength(benchmark, periods, 'benchmarkReturns');
  requireFinite(portfolio, 'portfolioReturns');
  requireFinite(benchmark, 'benchmarkReturns');
  requireFinite(effects, 'effects');
  if (effects.length % periods !== 0) {
    throw new RiskMathError('invalidInput', `effects has ${effects.length} elements for ${periods} periods`, {
      field: 'effects',
    });
  }
  for (const value of [...portfolio, ...benchmark]) {
    if (value <= -1)
      throw new RiskMathError('outOfDomain', `a return of ${value} has no logarithm`, { field: 'returns' });
  }
  return periods;
}
