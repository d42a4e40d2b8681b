import { requireConfidence, requireFinite, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** An entropic value at risk, and the scenarios' weights of which it is the mean loss. */
export interface EntropicVar {
  /** In the unit of the losses; may be negative. */
  readonly value: number;
  /** z of the definition, in the unit of the losses; 0 where the largest loss alone is the value. */
  readonly temperature: number;
  /** pₛ ∝ exp(Lₛ / z), sum 1: the gradient by the losses. */
  readonly weights: Float64Array;
}

const MAXIMUM_STEPS = 200;
/** Relative width of the bracket of 1/z, and of the entropy's distance from its target, at which it is found. */
const EXACT = 1e-15;

/**
 * Entropic value at risk of equally likely losses, the least upper bound by Chernoff of VaR and ES,
 *
 *     EVaR = inf over z > 0 of z ln(mean of exp(L / z) / (1 − c))  =  max of Σ pₛ Lₛ over p with Σ pₛ ln(T pₛ) ≤ −ln(1 − c).
 *
 * At the infimum the entropy of p relative to equal weights is −ln(1 − c), which rises with 1/z: a bracketed Newton search.
 * Where so few days are more than 1 − c of them, p is the largest loss alone.
 *
 * Source: Ahmadi-Javid, "Entropic value-at-risk: a new coherent risk measure", Journal of Optimization Theory and Applications 155 (2012).
 *
 * @param losses loss positive, any order
 * @param confidence the level, such as 0.95
 * @throws RiskMathError `tooFewObservations` below two losses; `invalidInput`; `notConverged`
 */
export function entropicVar(losses: Float64Array, confidence: number): EntropicVar {
  requireObservations(losses.length, 2, 'an entropic value at risk');
  requireFinite(losses, 'losses');
  requireConfidence(confidence);
  const target = -Math.log(1 - confidence);
  const largest = losses.reduce((most, loss) => Math.max(most, loss), -Infinity);
  const spread = largest - losses.reduce((least, loss) => Math.min(least, loss), Infinity);
  const ties = losses.reduce((count, loss) => (loss === largest ? count + 1 : count), 0);
  if (!(spread > 0) || target >= Math.log(losses.length / ties)) {
    return {
      value: largest,
      temperature: 0,
      weights: losses.map((loss) => (loss === largest ? 1 / ties : 0)),
    };
  }
  const point = new Tilt(losses, largest, spread);
  let low = 0;
  let high = Infinity;
  let s = Math.sqrt(2 * target);
  for (let step = 0; step < MAXIMUM_STEPS; step++) {
    const { entropy, slope } = point.at(s);
    const miss = entropy - target;
    if (miss < 0) low = s;
    else high = s;
    if (Math.abs(miss) <= EXACT * target || high - low <= EXACT * low) break;
    const newton = s - miss / slope;
    const inside = newton > low && newton < high;
    s = inside ? newton : high === Infinity ? 4 * s : (low + high) / 2;
  }
  const { value, weights, entropy } = point.at(s);
  if (!(Math.abs(entropy - target) <= 1e-9 * target)) {
    throw new RiskMathError('notConverged', `the temperature was not found; the entropy is ${entropy}`, {
      residual: Math.abs(entropy / target - 1),
    });
  }
  return { value, temperature: spread / s, weights };
}

/** Weights ∝ exp(s L / spread), and their entropy relative to equal weights. */
class Tilt {
  constructor(
    private readonly losses: Float64Array,
    private readonly largest: number,
    private readonly spread: number,
  ) {}

  at(s: number): { entropy: number; slope: number; value: number; weights: Float64Array } {
    const { losses, largest, spread } = this;
    const weights = losses.map((loss) => Math.exp((s * (loss - largest)) / spread));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let below = 0;
    let squares = 0;
    for (let t = 0; t < losses.length; t++) {
      weights[t]! /= total;
      const distance = (losses[t]! - largest) / spread;
      below += weights[t]! * distance;
      squares += weights[t]! * distance * distance;
    }
    // Σ p ln(T p) = s Σ p d − ln(mean of exp(s d)); its derivative is s times the variance of d.
    const entropy = s * below - Math.log(total / losses.length);
    return { entropy, slope: s * Math.max(0, squares - below * below), value: largest + spread * below, weights };
  }
}
