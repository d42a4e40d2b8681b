import { incompleteBeta } from '../distribution/incomplete-beta.js';
import { requireConfidence, requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

export type BaselZone = 'green' | 'yellow' | 'red';

export interface BaselResult {
  readonly zone: BaselZone;
  /** P(at most this many exceedances), if value at risk were right. */
  readonly cumulativeProbability: number;
  /** The addition to the multiplier of 3 for 250 days at 99 %; null for any other sample. */
  readonly plusFactor: number | null;
}

/** By number of exceedances, 250 days at 99 %: table 2 of the supervisory framework. */
const PLUS_FACTORS = [0, 0, 0, 0, 0, 0.4, 0.5, 0.65, 0.75, 0.85, 1];

/**
 * The traffic light: yellow from a cumulative binomial probability of 95 %, red from 99.99 %.
 *
 * Source: Basel Committee, Supervisory framework for the use of "backtesting" (1996), section III. For 250 days at 99 %:
 * green to 4 exceedances, yellow to 9, red from 10.
 */
export function baselZone(exceedances: number, observations: number, confidence: number): BaselResult {
  requireConfidence(confidence);
  requireInteger(observations, 0, 'observations');
  requireInteger(exceedances, 0, 'exceedances');
  requireObservations(observations, 1, 'the traffic light');
  if (exceedances > observations) {
    throw new RiskMathError('invalidInput', `${exceedances} exceedances in ${observations} days`, {
      field: 'exceedances',
    });
  }
  const cumulativeProbability = binomialCdf(exceedances, observations, 1 - confidence);
  const zone = cumulativeProbability < 0.95 ? 'green' : cumulativeProbability < 0.9999 ? 'yellow' : 'red';
  const standard = observations === 250 && Math.abs(confidence - 0.99) < 1e-12;
  return {
    zone,
    cumulativeProbability,
    plusFactor: standard ? PLUS_FACTORS[Math.min(exceedances, PLUS_FACTORS.length - 1)]! : null,
  };
}

/** P(X ≤ k) of the binomial distribution. */
export function binomialCdf(k: number, trials: number, probability: number): number {
  return k >= trials ? 1 : incompleteBeta(trials - k, k + 1, 1 - probability);
}
