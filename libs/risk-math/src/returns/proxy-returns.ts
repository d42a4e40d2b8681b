import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { columnOf, type Returns, requireReturns } from '../model/returns.js';

/** A stand-in series for an instrument with too little history. */
export interface ProxyReturns {
  /** T simple returns. */
  readonly values: Float64Array;
  /** k in k × the sector's mean return. */
  readonly multiplier: number;
}

/**
 * Returns for a position with too little history: k times the equal-weighted mean return of its sector's members with full
 * history (beta 1 to its sector), with k = max(1, median member volatility / volatility of that mean), so that the proxy
 * is no calmer than the sector's median name.
 *
 * @param members T×m returns of the sector's members with full history
 * @throws RiskMathError `tooFewObservations` below two days or without a member; `outOfDomain` when the members cancel
 *   each other out
 */
export function proxyReturns(members: Returns): ProxyReturns {
  const { values, observations, assets } = members;
  requireReturns(members, 'members');
  requireObservations(observations, 2, 'a proxy');
  requireObservations(assets, 1, "a proxy's sector");
  const mean = new Float64Array(observations);
  for (let t = 0; t < observations; t++) {
    for (let i = 0; i < assets; i++) mean[t]! += values[t * assets + i]! / assets;
  }
  const target = median(Float64Array.from({ length: assets }, (_, i) => deviation(columnOf(members, i))));
  const own = deviation(mean);
  if (own === 0 && target > 0) {
    throw new RiskMathError(
      'outOfDomain',
      "the members' mean return does not move, so that no multiple of it can stand in",
    );
  }
  const multiplier = own > 0 ? Math.max(1, target / own) : 1;
  return { values: mean.map((value) => value * multiplier), multiplier };
}

function deviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

function median(values: Float64Array): number {
  values.sort();
  const middle = values.length >>> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
