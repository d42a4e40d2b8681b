import { decayWeights } from '../covariance/ewma.js';
import { requireConfidence, requireFinite, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { TailFigures } from './historical.js';

/**
 * Historical VaR and ES with weights that decay with age: VaR is the smallest loss at or below which the weight is at least
 * `confidence`; ES the weighted mean of the worst 1 − c of the weight, a fraction of the boundary loss.
 *
 * Source: Boudoukh, Richardson and Whitelaw, "The best of both worlds", Risk 11 (1998), without their interpolation.
 *
 * @param losses T losses, oldest first
 * @param lambda what a weight keeps a day
 * @throws RiskMathError `tooFewObservations` below two losses
 */
export function ageWeightedFigures(losses: Float64Array, confidence: number, lambda: number): TailFigures {
  requireConfidence(confidence);
  requireObservations(losses.length, 2, 'a historical measure');
  requireFinite(losses, 'losses');
  if (!(lambda > 0 && lambda < 1)) {
    throw new RiskMathError('invalidInput', `lambda is ${lambda}; it must lie in (0, 1)`, { field: 'lambda' });
  }
  const weights = decayWeights(losses.length, lambda);
  const order = Array.from(losses, (_, t) => t).sort((a, b) => losses[b]! - losses[a]!);
  const tail = 1 - confidence;
  let beyond = 0;
  let total = 0;
  for (const t of order) {
    const weight = weights[t]!;
    if (beyond + weight > tail * (1 + ROUNDING)) {
      return { var: losses[t]!, es: (total + (tail - beyond) * losses[t]!) / tail };
    }
    beyond += weight;
    total += weight * losses[t]!;
  }
  const smallest = losses[order[order.length - 1]!]!;
  return { var: smallest, es: total / beyond };
}

/** Weight that equals the tail but for rounding belongs to it. */
const ROUNDING = 1e-12;
