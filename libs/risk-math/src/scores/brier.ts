import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Forecasts between two probabilities and what came of them. */
export interface ReliabilityBin {
  readonly from: number;
  /** Not within the bin, except for the last. */
  readonly to: number;
  readonly count: number;
  /** Mean of the probabilities forecast; null in an empty bin. */
  readonly meanForecast: number | null;
  /** How often it happened; null in an empty bin. */
  readonly observedFrequency: number | null;
}

export interface BrierScore {
  /** Mean of (probability − outcome)²: 0 is perfect. */
  readonly score: number;
  /** Score = reliability − resolution + uncertainty + withinBin. */
  readonly reliability: number;
  readonly resolution: number;
  /** Base rate × (1 − base rate): the score of always forecasting the base rate. */
  readonly uncertainty: number;
  /** What the bins hide: spread of the probabilities within them, less twice its covariance with the outcomes. */
  readonly withinBin: number;
  /** 1 − score / uncertainty; null when the outcome was always the same. */
  readonly skill: number | null;
  readonly baseRate: number;
  readonly observations: number;
  readonly table: readonly ReliabilityBin[];
}

/**
 * Brier score of forecast probabilities, decomposed, with its reliability table over bins of equal width.
 *
 * Sources: Brier, Monthly Weather Review 78 (1950); Murphy, Journal of Applied Meteorology 12 (1973); within-bin terms:
 * Stephenson, Coelho and Jolliffe, Weather and Forecasting 23 (2008).
 *
 * @param probabilities in [0, 1]; @param outcomes 1 where it happened, else 0
 */
export function brierScore(probabilities: Float64Array, outcomes: ArrayLike<number>, bins = 10): BrierScore {
  requireInteger(bins, 1, 'bins');
  requireObservations(probabilities.length, 1, 'a Brier score');
  requireLength(outcomes, probabilities.length, 'outcomes');
  requireFinite(probabilities, 'probabilities');
  const count = probabilities.length;
  const sums = Array.from({ length: bins }, () => ({ count: 0, forecasts: 0, outcomes: 0 }));
  let score = 0;
  let happened = 0;
  probabilities.forEach((probability, t) => {
    const outcome = requireOutcome(probability, outcomes[t]!, t);
    score += (probability - outcome) ** 2 / count;
    happened += outcome;
    const bin = sums[binOf(probability, bins)]!;
    bin.count++;
    bin.forecasts += probability;
    bin.outcomes += outcome;
  });
  const baseRate = happened / count;
  let reliability = 0;
  let resolution = 0;
  for (const bin of sums) {
    if (bin.count === 0) continue;
    reliability += (bin.count / count) * (bin.forecasts / bin.count - bin.outcomes / bin.count) ** 2;
    resolution += (bin.count / count) * (bin.outcomes / bin.count - baseRate) ** 2;
  }
  const uncertainty = baseRate * (1 - baseRate);
  let withinBin = 0;
  probabilities.forEach((probability, t) => {
    const bin = sums[binOf(probability, bins)]!;
    const deviation = probability - bin.forecasts / bin.count;
    withinBin += (deviation * deviation - 2 * deviation * (outcomes[t]! - bin.outcomes / bin.count)) / count;
  });
  return {
    score,
    reliability,
    resolution,
    uncertainty,
    withinBin,
    skill: uncertainty > 0 ? 1 - score / uncertainty : null,
    baseRate,
    observations: count,
    table: sums.map((bin, k) => ({
      from: k / bins,
      to: (k + 1) / bins,
      count: bin.count,
      meanForecast: bin.count > 0 ? bin.forecasts / bin.count : null,
      observedFrequency: bin.count > 0 ? bin.outcomes / bin.count : null,
    })),
  };
}

function binOf(probability: number, bins: number): number {
  return Math.min(bins - 1, Math.floor(probability * bins));
}

function requireOutcome(probability: number, outcome: number, t: number): number {
  if (probability < 0 || probability > 1 || (outcome !== 0 && outcome !== 1)) {
    throw new RiskMathError(
      'invalidInput',
      `forecast ${t}: probability ${probability}, outcome ${outcome}; a probability lies in [0, 1], an outcome is 0 or 1`,
      { field: probability < 0 || probability > 1 ? 'probabilities' : 'outcomes' },
    );
  }
  return outcome;
}
