import { requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * `inverse`: weight ∝ 1 / discounted mean loss. `exponential`: weight ∝ exp(−rate × discounted sum of losses), which
 * moves to the best faster.
 */
export type LossWeighting =
  | { readonly kind: 'inverse'; readonly discount?: number }
  | { readonly kind: 'exponential'; readonly discount?: number; readonly rate: number };

/**
 * Weights of forecasts by their past losses: not negative, sum 1. A day k days back counts discount^k; the default
 * discount of 1 counts all days alike. Forecasts without any loss share everything under `inverse`.
 *
 * Sources: Bates and Granger, Operational Research Quarterly 20 (1969), and Stock and Watson, Journal of Forecasting 23
 * (2004), eq. 8 (inverse); Vovk, "Aggregating strategies" (1990) (exponential).
 *
 * @param losses one series a forecast, on the same days, oldest first, not negative
 * @throws RiskMathError `tooFewObservations` without a day or a forecast; `invalidInput` on a negative loss, unequal lengths, or a
 *   discount outside (0, 1]
 */
export function pastLossWeights(losses: readonly Float64Array[], weighting: LossWeighting): Float64Array {
  requireObservations(losses.length, 1, 'a combination of forecasts');
  const days = losses[0]!.length;
  requireObservations(days, 1, 'a combination of forecasts');
  const discount = weighting.discount ?? 1;
  if (!(discount > 0 && discount <= 1)) {
    throw new RiskMathError('invalidInput', `discount is ${String(discount)}; it must lie in (0, 1]`, {
      field: 'discount',
    });
  }
  if (weighting.kind === 'exponential' && !(weighting.rate >= 0 && Number.isFinite(weighting.rate))) {
    throw new RiskMathError('invalidInput', `rate is ${String(weighting.rate)}; it must not be below 0`, {
      field: 'rate',
    });
  }
  const totals = Float64Array.from(losses, (series, m) => discounted(series, days, discount, `losses[${m}]`));
  return normalisedWeights(weighting.kind === 'inverse' ? inverses(totals) : exponentials(totals, weighting.rate));
}

/** Σ of weight × forecast. @param forecasts one a weight, finite */
export function combine(forecasts: ArrayLike<number>, weights: Float64Array): number {
  requireLength(forecasts, weights.length, 'forecasts');
  requireFinite(forecasts, 'forecasts');
  requireFinite(weights, 'weights');
  return weights.reduce((total, weight, m) => total + weight * forecasts[m]!, 0);
}

function discounted(series: Float64Array, days: number, discount: number, field: string): number {
  requireLength(series, days, field);
  requireFinite(series, field);
  let total = 0;
  for (const loss of series) {
    if (loss < 0) throw new RiskMathError('invalidInput', `${field} holds ${loss}; a loss is not below 0`, { field });
    total = discount * total + loss;
  }
  return total;
}

/** Over the smallest, so that no weight overflows. */
function inverses(totals: Float64Array): Float64Array {
  const least = Math.min(...totals);
  return totals.map((total) => (least === 0 ? (total === 0 ? 1 : 0) : least / total));
}

function exponentials(totals: Float64Array, rate: number): Float64Array {
  const least = Math.min(...totals);
  return totals.map((total) => Math.exp(-rate * (total - least)));
}

function normalisedWeights(values: Float64Array): Float64Array {
  const total = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / total);
}
