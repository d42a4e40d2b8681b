import { requireConfidence, requireFinite, requireFiniteNumber, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type GeneralisedParetoFit, fitGeneralisedPareto } from './generalised-pareto.js';
import { historicalVar } from './historical.js';

/** Tail risk from the losses beyond a threshold. */
export interface PeaksOverThreshold extends GeneralisedParetoFit {
  /** u: what a loss has to exceed; in the unit of the losses. */
  readonly threshold: number;
  /** N_u: losses beyond it. */
  readonly excesses: number;
  readonly observations: number;
  readonly confidence: number;
  readonly var: number;
  /** `null` when ξ ≥ 1: such a tail has no mean. */
  readonly es: number | null;
}

/** Where the tail begins: a loss, or the share of the losses that it holds. */
export type TailThreshold = { readonly threshold: number } | { readonly tailShare: number };

/** Fewest losses beyond the threshold. */
const FEWEST_EXCESSES = 20;

/**
 * VaR and ES of the losses' own horizon by peaks over threshold: a generalised Pareto distribution fitted to the excesses
 * by maximum likelihood, joined to the empirical share of losses beyond the threshold,
 *
 *     VaR = u + β/ξ ((n (1 − c) / N_u)^(−ξ) − 1),   ES = (VaR + β − ξ u) / (1 − ξ).
 *
 * Source: McNeil and Frey, "Estimation of tail-related risk measures for heteroscedastic financial time series", Journal
 * of Empirical Finance 7 (2000).
 *
 * @param losses one figure a scenario, loss positive
 * @param tail the largest 10 % of losses when absent
 * @throws RiskMathError `tooFewObservations` with fewer than 20 losses beyond the threshold; `outOfDomain` when the
 *   confidence lies before the threshold; `notConverged` when the likelihood has no maximum
 */
export function peaksOverThreshold(
  losses: Float64Array,
  confidence: number,
  tail: TailThreshold = { tailShare: 0.1 },
): PeaksOverThreshold {
  requireConfidence(confidence);
  requireObservations(losses.length, 2, 'a tail');
  requireFinite(losses, 'losses');
  const threshold = thresholdOf(losses, tail);
  const excesses = losses.filter((loss) => loss > threshold).map((loss) => loss - threshold);
  requireObservations(excesses.length, FEWEST_EXCESSES, 'a tail, beyond its threshold,');
  const tailMass = excesses.length / losses.length;
  if (1 - confidence > tailMass) {
    throw new RiskMathError(
      'outOfDomain',
      `confidence ${confidence} lies before the threshold, beyond which ${tailMass} of the losses are`,
      { field: 'confidence' },
    );
  }
  const fit = fitGeneralisedPareto(excesses);
  const reach = -Math.log((1 - confidence) / tailMass);
  const quantile = threshold + fit.scale * (fit.shape === 0 ? reach : Math.expm1(fit.shape * reach) / fit.shape);
  return {
    ...fit,
    threshold,
    excesses: excesses.length,
    observations: losses.length,
    confidence,
    var: quantile,
    es: fit.shape < 1 ? (quantile + fit.scale - fit.shape * threshold) / (1 - fit.shape) : null,
  };
}

function thresholdOf(losses: Float64Array, tail: TailThreshold): number {
  if ('threshold' in tail) {
    requireFiniteNumber(tail.threshold, 'threshold');
    return tail.threshold;
  }
  if (!(tail.tailShare > 0 && tail.tailShare < 0.5)) {
    throw new RiskMathError('invalidInput', `tailShare is ${tail.tailShare}; it must lie in (0, 0.5)`, {
      field: 'tailShare',
    });
  }
  return historicalVar(losses, 1 - tail.tailShare);
}
