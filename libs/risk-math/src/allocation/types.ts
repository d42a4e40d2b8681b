import type { Covariance } from '../model/covariance.js';

/** Bounds of one asset's signed weight. */
export interface WeightBound {
  /** The asset, as in the covariance's `ids`. */
  readonly assetId: string;
  readonly lower?: number;
  readonly upper?: number;
}

/** Bounds of the sum of the signed weights of some assets. */
export interface GroupConstraint {
  readonly id: string;
  readonly assetIds: readonly string[];
  readonly lower?: number;
  readonly upper?: number;
}

/** What the weights must obey besides their scale. */
export interface WeightConstraints {
  readonly bounds?: readonly WeightBound[];
  readonly groups?: readonly GroupConstraint[];
}

/** What the solution is scaled to. Long only, `net` 1 means fully invested. */
export type WeightScale =
  | { readonly kind: 'net'; readonly value: number }
  | { readonly kind: 'gross'; readonly value: number }
  /** Annual volatility, fraction of NAV. */
  | { readonly kind: 'volatility'; readonly value: number };

/** A constraint that holds with equality at the solution and moved it. */
export interface BindingConstraint {
  /**
   * `lowerBound:<asset>`, `upperBound:<asset>`, `groupLower:<group>`, `groupUpper:<group>`; `net` or `gross` where no λ gives
   * the scale by itself. Of an optimisation also `linearLower:<id>`, `linearUpper:<id>`, `netLower`, `netUpper`, `turnover`,
   * `trackingError`, `volatility`.
   */
  readonly constraint: string;
  readonly bound: number;
  /** The constrained figure at the solution. */
  readonly value: number;
}

/**
 * How far an answer is proven.
 *
 * - `optimal`: the optimum; for budgets of risk, met;
 * - `constrained`: a constraint binds, so that the targets are not met exactly; the optimum under that constraint;
 * - `localOptimum`: of a problem that is not convex: no better answer nearby; `bound` says what none can beat;
 * - `stopped`: a search that reached its limit of work: feasible, within `gap` of the best possible;
 * - `notUnique`: other weights answer as well.
 */
export const solutionStatuses = ['optimal', 'constrained', 'localOptimum', 'stopped', 'notUnique'] as const;
export type SolutionStatus = (typeof solutionStatuses)[number];

/**
 * The answer of an allocation.
 *
 * Shares are fractions of the portfolio's risk. Volatility, Gaussian VaR and Gaussian ES with zero mean are proportional,
 * so that one solution serves the three.
 */
export interface Solution {
  readonly assetIds: readonly string[];
  /** Signed, fractions of NAV. */
  readonly weights: Float64Array;
  /** The shares asked for, or, for a method that sets weights, those its weights take without constraints. */
  readonly targetShares: Float64Array;
  /** The Euler shares of the weights. */
  readonly realisedShares: Float64Array;
  readonly status: SolutionStatus;
  readonly binding: readonly BindingConstraint[];
  readonly iterations: number;
  /**
   * Largest violation of the optimality conditions: |realised − target share| when nothing binds, else of the
   * Karush–Kuhn–Tucker system relative to the portfolio's variance.
   */
  readonly residual: number;
  /** Annual volatility of the weights (of the active weights for active risk). */
  readonly volatilityAnnual: number;
  /** Of an optimisation: the value of what the method minimises or maximises, in the unit its description states. */
  readonly objective?: number;
  /** The value that no weights under the constraints can beat, in the objective's unit. */
  readonly bound?: number;
  /** |objective − bound|. */
  readonly gap?: number;
  /** Largest violation of a constraint, in the constraint's own unit. */
  readonly infeasibility?: number;
  /** What the pseudo-random starts of a search came from. */
  readonly seed?: number;
}

/** What every solver takes. */
export interface AllocationProblem {
  /** Of the assets to be weighted; `ids` are required. */
  readonly covariance: Covariance;
  readonly constraints?: WeightConstraints | undefined;
  /** Long only and fully invested (net 1) when absent. */
  readonly scale?: WeightScale | undefined;
  /** +1 long, −1 short, by asset; all long when absent. Needed for shorts: each pattern has its own solution. */
  readonly signs?: ArrayLike<number> | undefined;
}

/** Assets that take one budget together. */
export interface BudgetGroup {
  readonly id: string;
  readonly assetIds: readonly string[];
  /** Its share of the portfolio's risk. */
  readonly share: number;
}

/** How a group's budget is spread within it. `equalRisk` gives each asset the same share; the others fix relative weights. */
export type WithinGroup =
  | { readonly kind: 'equalRisk' }
  | { readonly kind: 'equalWeight' }
  | { readonly kind: 'inverseVolatility' }
  /** Relative weights by asset, in the covariance's order; normalised within each group. */
  | { readonly kind: 'relativeWeights'; readonly weights: Float64Array };

/** A solution with its groups. */
export interface GroupedSolution extends Solution {
  readonly groups: readonly GroupShare[];
}

export interface GroupShare {
  readonly id: string;
  readonly weight: number;
  readonly targetShare: number;
  readonly realisedShare: number;
}

/** A solution in terms of active risk. */
export interface ActiveRiskSolution extends Solution {
  /** Weight less benchmark weight, by asset. */
  readonly activeWeights: Float64Array;
  /** Annual, fraction of NAV. */
  readonly trackingErrorAnnual: number;
  /** The part of tracking error that the benchmark's own node takes, signed; shares of the assets are of the rest. */
  readonly benchmarkContribution: number;
}
