import type { GroupConstraint, WeightBound } from '../allocation/types.js';
import type { Covariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/** lower ≤ Σ cᵢ wᵢ ≤ upper. */
export interface LinearConstraint {
  readonly id: string;
  /** cᵢ, in the covariance's order. */
  readonly coefficients: Float64Array;
  readonly lower?: number;
  readonly upper?: number;
}

/** Σ |wᵢ − fromᵢ| ≤ limit: purchases and sales together, fraction of NAV. */
export interface TurnoverConstraint {
  /** The weights held now. */
  readonly from: Float64Array;
  readonly limit: number;
}

/** √((w − b)ᵀΣ(w − b)) at most `limitAnnual`. */
export interface TrackingErrorConstraint {
  /** b, by asset. */
  readonly benchmark: Float64Array;
  /** Annual, fraction of NAV, above 0. */
  readonly limitAnnual: number;
}

/** (w − c)ᵀA(w − c) ≤ limit. */
export interface EllipsoidConstraint {
  readonly id: string;
  /** A, n×n row-major, symmetric and positive semi-definite. */
  readonly matrix: Float64Array;
  /** c, by asset; 0 when absent. */
  readonly centre?: Float64Array;
  /** Above 0. */
  readonly limit: number;
}

/** Expected shortfall of past returns at most `limit`. */
export interface ShortfallConstraint {
  /** Simple returns of the assets over the horizon, in the covariance's order. */
  readonly returns: Returns;
  /** The level, such as 0.95. */
  readonly confidence: number;
  /** Over the returns' horizon, fraction of NAV. */
  readonly limit: number;
}

/** What the weights of an optimisation must obey. An asset without a lower bound is not sold short. */
export interface PortfolioConstraints {
  readonly bounds?: readonly WeightBound[];
  readonly groups?: readonly GroupConstraint[];
  readonly linear?: readonly LinearConstraint[];
  /** Σw; exactly 1 when absent. */
  readonly net?: { readonly lower?: number; readonly upper?: number };
  readonly turnover?: TurnoverConstraint;
  readonly trackingError?: TrackingErrorConstraint;
  /** At most this annual volatility. */
  readonly volatilityAnnual?: number;
  readonly ellipsoids?: readonly EllipsoidConstraint[];
  readonly expectedShortfall?: ShortfallConstraint;
}

/** What it costs to go from the weights held now to others. */
export interface TradingCosts {
  readonly from: Float64Array;
  /** cᵢ of cᵢ |wᵢ − fromᵢ|, fraction of the value traded. */
  readonly linear?: Float64Array;
  /** kᵢ of kᵢ (wᵢ − fromᵢ)². */
  readonly quadratic?: Float64Array;
}

/** What every optimiser takes. */
export interface OptimisationProblem {
  /** Of the assets to be weighted; `ids` are required. */
  readonly covariance: Covariance;
  readonly constraints?: PortfolioConstraints | undefined;
}
