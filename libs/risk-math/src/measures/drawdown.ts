import { requireConfidence, requireFinite, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { shortfallOf } from './historical.js';

/** How far below its highest point a series was; loss positive, the start counts as a point. */
export interface DrawdownFigures {
  readonly maximum: number;
  /** Day of the highest point before the largest drawdown, 0 for the start, and its lowest day, counted from 1. */
  readonly peakDay: number;
  readonly troughDay: number;
  /** Mean over all days. */
  readonly average: number;
  /** √ of the mean square over all days (Martin). */
  readonly ulcerIndex: number;
  /** Conditional drawdown at risk: mean of the worst (1 − c)·T drawdowns, a fractional weight on the boundary one. */
  readonly conditional: number;
}

/**
 * Drawdown after every day: of the compounded value as a fraction of its highest, or of the sum of returns in their own unit.
 *
 * @param returns T simple returns
 * @throws RiskMathError `tooFewObservations` without a return; `outOfDomain` on a compounded return of −1 or below
 */
export function drawdowns(returns: Float64Array, compounded = true): Float64Array {
  requireObservations(returns.length, 1, 'a drawdown');
  requireFinite(returns, 'returns');
  let level = compounded ? 1 : 0;
  let highest = level;
  return returns.map((value) => {
    if (compounded && value <= -1) {
      throw new RiskMathError('outOfDomain', `a return of ${value} leaves nothing to compound`, { field: 'returns' });
    }
    level = compounded ? level * (1 + value) : level + value;
    highest = Math.max(highest, level);
    return compounded ? 1 - level / highest : highest - level;
  });
}

/**
 * Drawdown figures of a series of returns.
 *
 * Source of the conditional one: Chekhlov, Uryasev and Zabarankin, "Drawdown measure in portfolio optimization",
 * International Journal of Theoretical and Applied Finance 8 (2005).
 */
export function drawdownFigures(returns: Float64Array, confidence: number, compounded = true): DrawdownFigures {
  requireConfidence(confidence);
  const path = drawdowns(returns, compounded);
  let total = 0;
  let squares = 0;
  let trough = 0;
  path.forEach((value, t) => {
    total += value;
    squares += value * value;
    if (value > path[trough]!) trough = t;
  });
  let peak = trough + 1;
  while (peak > 0 && path[peak - 1]! > 0) peak--;
  return {
    maximum: path[trough]!,
    peakDay: peak,
    troughDay: trough + 1,
    average: total / path.length,
    ulcerIndex: Math.sqrt(squares / path.length),
    conditional: shortfallOf(path, confidence),
  };
}
