import { ANNUALISATION, TRADING_DAYS_PER_YEAR } from '../foundation/conventions.js';
import { requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** One source of return beside the risk that it took. */
export interface RiskAdjustedSource {
  /** Mean × 252, fraction of NAV a year. */
  readonly returnAnnual: number;
  /** Its own deviation, annual. */
  readonly volatilityAnnual: number;
  /** With the sum of all sources; 0 where either does not move. */
  readonly correlation: number;
  /** volatility × correlation: Euler's part of the risk of the sum. */
  readonly riskContributionAnnual: number;
  /** Share of the risk of the sum. */
  readonly riskShare: number;
  /** Return over its risk contribution, its component information ratio; `null` where it contributes no risk. */
  readonly componentRatio: number | null;
}

export interface RiskAdjustedAttribution {
  readonly returnAnnual: number;
  readonly riskAnnual: number;
  /** Return / risk of the sum: Σ risk share × component ratio, plus what sources without risk returned, over the risk. */
  readonly ratio: number;
  readonly sources: readonly RiskAdjustedSource[];
}

/**
 * Splits the ratio of return to risk (information ratio for active sources) by source: each one's share of risk times its
 * component ratio.
 *
 * Source: Menchero, "Risk-adjusted performance attribution", Journal of Performance Measurement 11 (2006/07).
 *
 * @param sources T×m daily effects, such as contributions by sector, factor or decision; ddof 1
 * @throws RiskMathError `tooFewObservations` below two days; `outOfDomain` when the sum does not move
 */
export function riskAdjustedAttribution(sources: Returns): RiskAdjustedAttribution {
  const { values, observations, assets } = sources;
  requireReturns(sources, 'sources');
  requireObservations(observations, 2, 'risk-adjusted attribution');
  const means = new Float64Array(assets);
  for (let t = 0; t < observations; t++) {
    for (let k = 0; k < assets; k++) means[k]! += values[t * assets + k]! / observations;
  }
  const variances = new Float64Array(assets);
  const covariances = new Float64Array(assets);
  let variance = 0;
  for (let t = 0; t < observations; t++) {
    let whole = 0;
    for (let k = 0; k < assets; k++) whole += values[t * assets + k]! - means[k]!;
    variance += (whole * whole) / (observations - 1);
    for (let k = 0; k < assets; k++) {
      const own = values[t * assets + k]! - means[k]!;
      variances[k]! += (own * own) / (observations - 1);
      covariances[k]! += (own * whole) / (observations - 1);
    }
  }
  const risk = Math.sqrt(variance);
  if (!(risk > 0)) throw new RiskMathError('outOfDomain', 'the sum of the sources does not move', { field: 'sources' });
  const returnAnnual = means.reduce((sum, mean) => sum + mean, 0) * TRADING_DAYS_PER_YEAR;
  const riskAnnual = risk * ANNUALISATION;
  return {
    returnAnnual,
    riskAnnual,
    ratio: returnAnnual / riskAnnual,
    sources: Array.from(means, (mean, k) => {
      const deviation = Math.sqrt(variances[k]!);
      const contribution = (covariances[k]! / risk) * ANNUALISATION;
      const own = mean * TRADING_DAYS_PER_YEAR;
      return {
        returnAnnual: own,
        volatilityAnnual: deviation * ANNUALISATION,
        correlation: deviation > 0 ? covariances[k]! / deviation / risk : 0,
        riskContributionAnnual: contribution,
        riskShare: contribution / riskAnnual,
        componentRatio: contribution === 0 ? null : own / contribution,
      };
    }),
  };
}
