import { chiSquaredSurvival } from '../distribution/incomplete-gamma.js';
import { type TestResult, requireHits, timesLog } from './exceedances.js';
import { bernoulliRatio } from './kupiec.js';

export interface ChristoffersenResult {
  /** One exceedance makes another the day after no likelier: χ²(1). */
  readonly independence: TestResult;
  /** Both that and the right frequency: χ²(2). The sum of independence and the frequency from the second day on. */
  readonly conditionalCoverage: TestResult;
  /** Days from state i to j, 0 none, 1 exceedance: n00, n01, n10, n11. */
  readonly transitions: readonly [number, number, number, number];
}

/**
 * Independence and conditional coverage of exceedances, against a first-order Markov chain, given the first day.
 *
 * Source: Christoffersen, International Economic Review 39 (1998), section 3. Where a state is never left its
 * likelihood is 1 (0 ln 0 = 0).
 *
 * @param hits 1 on days of exceedance, else 0, in order
 * @throws RiskMathError `tooFewObservations` below two days
 */
export function christoffersen(hits: ArrayLike<number>, confidence: number): ChristoffersenResult {
  requireHits(hits, confidence, 2, 'the test of Christoffersen');
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (let t = 1; t < hits.length; t++) counts[2 * hits[t - 1]! + hits[t]!]!++;
  const [n00, n01, n10, n11] = counts;
  const frequency = (n01 + n11) / (hits.length - 1);
  const afterNone = n00 + n01 === 0 ? 0 : n01 / (n00 + n01);
  const afterHit = n10 + n11 === 0 ? 0 : n11 / (n10 + n11);
  const chain =
    timesLog(n00, 1 - afterNone) + timesLog(n01, afterNone) + timesLog(n10, 1 - afterHit) + timesLog(n11, afterHit);
  const constant = timesLog(n00 + n10, 1 - frequency) + timesLog(n01 + n11, frequency);
  const independence = Math.max(0, 2 * (chain - constant));
  const coverage = independence + bernoulliRatio(n01 + n11, hits.length - 1, 1 - confidence);
  return {
    independence: { statistic: independence, pValue: chiSquaredSurvival(independence, 1), degreesOfFreedom: 1 },
    conditionalCoverage: { statistic: coverage, pValue: chiSquaredSurvival(coverage, 2), degreesOfFreedom: 2 },
    transitions: counts,
  };
}
