import { incompleteBeta } from '../distribution/incomplete-beta.js';
import { requireConfidence, requireFinite, requireFiniteNumber, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** Distributions forecast for the days of a backtest, and where in them the losses fell. */
export interface DistributionForecasts {
  /** By day, the probability that the forecast gave to a larger loss than came; in (0, 1). */
  readonly tails: Float64Array;
  /**
   * The loss that day `day`'s forecast exceeds with probability `tail`: falling in `tail`, for tails as small as 1e-300. Loss
   * positive.
   */
  readonly quantile: (day: number, tail: number) => number;
  /** The level, such as 0.975. */
  readonly confidence: number;
}

export interface RankStatistic {
  /** 0 in the mean when the forecasts are right, negative when expected shortfall is too small. */
  readonly z: number;
  /** Losses of a day's distribution that make up its shortfall, ⌊T (1 − c)⌋. */
  readonly tailDays: number;
  readonly observations: number;
}

/**
 * Z₃ = 1 − mean over the days of ÊS_t / E[ÊS_t]: the shortfall that the ranks of all days have in the distribution of day t, over
 * what ranks of uniform numbers would have there. It needs the whole distributions, and judges the tail beyond them by size alone.
 *
 *     ÊS_t = 1/k Σ of the k largest F_t⁻¹(u_s),   E[ÊS_t] = T/k ∫ F_t⁻¹(1 − τ) (1 − I_τ(k, T − k)) dτ,   k = ⌊T (1 − c)⌋
 *
 * The integral by the trapezoidal rule on τ = 1 / (1 + exp(π sinh x)), which bears a quantile that grows without bound.
 *
 * Source: Acerbi and Székely, "Back-testing expected shortfall", Risk (December 2014), eq. 7 and 8.
 *
 * @throws RiskMathError `tooFewObservations` when the tail holds no whole day; `outOfDomain` on a tail probability outside (0, 1)
 *   or a day whose expected shortfall is not above 0; `invalidInput` on a quantile that is not finite
 */
export function acerbiSzekelyZ3({ tails, quantile, confidence }: DistributionForecasts): RankStatistic {
  requireConfidence(confidence);
  requireFinite(tails, 'tails');
  const observations = tails.length;
  // 0.025 · 1000 is not quite 25.
  const tailDays = Math.floor(observations * (1 - confidence) + 1e-9);
  if (tailDays < 1) requireObservations(observations, Math.ceil(1 / (1 - confidence) - 1e-9), 'Z₃');
  tails.forEach((tail, t) => {
    if (!(tail > 0 && tail < 1)) {
      throw new RiskMathError('outOfDomain', `tails[${t}] is ${tail}; it must lie in (0, 1)`, { field: 'tails' });
    }
  });
  const smallest = tails.slice().sort().subarray(0, tailDays);
  const rule = rankRule(observations, tailDays);
  let total = 0;
  for (let day = 0; day < observations; day++) {
    let realised = 0;
    for (const tail of smallest) realised += quantile(day, tail) / tailDays;
    let expected = 0;
    for (const { tail, weight } of rule) expected += weight * quantile(day, tail);
    requireFiniteNumber(realised, 'quantile');
    requireFiniteNumber(expected, 'quantile');
    if (!(expected > 0)) {
      throw new RiskMathError(
        'outOfDomain',
        `the expected shortfall of day ${day} is ${expected}; it must be above 0`,
        {
          field: 'quantile',
        },
      );
    }
    total += realised / expected;
  }
  return { z: 1 - total / observations, tailDays, observations };
}

/** Widths of the step of the beta function that a node covers. */
const NODES_A_STEP = 8;
/** Where 1 − τ and τ are lost in double precision. */
const REACH = 4;

/** Nodes and weights of T/k ∫ … (1 − I_τ(k, T − k)) dτ; the same for every day. */
function rankRule(observations: number, tailDays: number): { readonly tail: number; readonly weight: number }[] {
  const width = 1 / (NODES_A_STEP * Math.ceil(Math.sqrt(tailDays)));
  const nodes: { tail: number; weight: number }[] = [];
  for (let k = -Math.ceil(REACH / width); k * width <= REACH; k++) {
    const x = k * width;
    const exponential = Math.exp(Math.PI * Math.sinh(x));
    const tail = 1 / (1 + exponential);
    const rest = exponential / (1 + exponential);
    if (!(tail > 0 && tail < 1)) continue;
    // Every loss is among the k largest when k is all of them.
    const inTail = tailDays === observations ? 1 : incompleteBeta(observations - tailDays, tailDays, rest, tail);
    const weight = (observations / tailDays) * width * Math.PI * Math.cosh(x) * tail * rest * inTail;
    if (weight > 0) nodes.push({ tail, weight });
  }
  return nodes;
}
