import { requireConfidence, requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Which days' losses were strictly beyond their value at risk. */
export interface Exceedances {
  readonly observations: number;
  readonly count: number;
  /** 1 on a day of exceedance. */
  readonly hits: Uint8Array;
}

/**
 * Losses strictly above the value at risk forecast for their day.
 *
 * @param losses realised, loss positive, fraction of NAV or money
 * @param valuesAtRisk forecasts for the same days, same unit, loss positive
 */
export function exceedances(losses: Float64Array, valuesAtRisk: Float64Array): Exceedances {
  requireLength(valuesAtRisk, losses.length, 'valuesAtRisk');
  requireFinite(losses, 'losses');
  requireFinite(valuesAtRisk, 'valuesAtRisk');
  const hits = Uint8Array.from(losses, (loss, t) => (loss > valuesAtRisk[t]! ? 1 : 0));
  return { observations: losses.length, count: hits.reduce((a, b) => a + b, 0), hits };
}

/** @throws RiskMathError unless every hit is 0 or 1, there are at least `needed`, and the confidence is a level */
export function requireHits(hits: ArrayLike<number>, confidence: number, needed: number, what: string): void {
  requireConfidence(confidence);
  requireObservations(hits.length, needed, what);
  for (let t = 0; t < hits.length; t++) {
    if (hits[t] !== 0 && hits[t] !== 1) {
      throw new RiskMathError('invalidInput', `hits[${t}] is ${String(hits[t])}; it must be 0 or 1`, { field: 'hits' });
    }
  }
}

/** x ln y with 0 ln 0 = 0. */
export function timesLog(x: number, y: number): number {
  return x === 0 ? 0 : x * Math.log(y);
}

/** A likelihood ratio or other statistic with its distribution under the hypothesis. */
export interface TestResult {
  readonly statistic: number;
  readonly pValue: number;
  /** Degrees of freedom of the χ² distribution. */
  readonly degreesOfFreedom: number;
}
