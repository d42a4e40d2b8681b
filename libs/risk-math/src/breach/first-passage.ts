import { normalQuantile } from '../distribution/normal.js';
import {
  requireConfidence,
  requireFinite,
  requireFiniteNumber,
  requireInteger,
  requireLength,
  requireObservations,
} from '../foundation/guards.js';

/** How likely a limit breaks within a horizon, by simulation. */
export interface BreachProbability {
  /** The share of paths that go strictly beyond the bound on any day. */
  readonly probability: number;
  /** Wilson's interval at the confidence, for the finite number of paths alone. */
  readonly lower: number;
  readonly upper: number;
  /** By day, cumulative: the chance that it has broken by then. */
  readonly byDay: Float64Array;
  readonly paths: number;
  readonly horizonDays: number;
}

/**
 * First passage of simulated paths of a limit's figure over its bound. Equal to the bound complies, as everywhere.
 *
 * Source of the interval: Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
 * Statistical Association 22 (1927).
 *
 * @param figures paths × horizonDays row-major: the figure that the limit is about, on each day ahead
 * @param side `above`: an upper limit; `below`: a lower one
 * @throws RiskMathError `tooFewObservations` without a path; `invalidInput` on wrong shapes or numbers that are not finite
 */
export function breachProbability(
  figures: Float64Array,
  horizonDays: number,
  bound: number,
  side: 'above' | 'below' = 'above',
  confidence = 0.95,
): BreachProbability {
  requireInteger(horizonDays, 1, 'horizonDays');
  requireFiniteNumber(bound, 'bound');
  requireConfidence(confidence);
  const paths = Math.floor(figures.length / horizonDays);
  requireObservations(paths, 1, 'a breach probability');
  requireLength(figures, paths * horizonDays, 'figures');
  requireFinite(figures, 'figures');
  const first = new Float64Array(horizonDays);
  for (let row = 0; row < figures.length; row += horizonDays) {
    for (let day = 0; day < horizonDays; day++) {
      const figure = figures[row + day]!;
      if (side === 'above' ? figure > bound : figure < bound) {
        first[day]!++;
        break;
      }
    }
  }
  let broken = 0;
  const byDay = first.map((count) => (broken += count) / paths);
  const probability = broken / paths;
  const z = normalQuantile(0.5 + confidence / 2);
  const shrink = 1 + (z * z) / paths;
  const centre = (probability + (z * z) / (2 * paths)) / shrink;
  const width = (z / shrink) * Math.sqrt((probability * (1 - probability)) / paths + (z * z) / (4 * paths * paths));
  return {
    probability,
    lower: Math.max(0, centre - width),
    upper: Math.min(1, centre + width),
    byDay,
    paths,
    horizonDays,
  };
}
