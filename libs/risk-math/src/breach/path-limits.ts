import type { QuantileRule } from '../foundation/conventions.js';

/**
 * How the figure of a limit follows from the portfolio's path.
 *
 * `exposure`: a sum over the node's weights; `cash` is the portfolio's. `concentration`: of the node's gross weights by name. `risk`: what
 * the figure is now × how its estimate has changed, the model estimated again along the path: Euler contribution to the portfolio's
 * deviation, the node's own deviation, contribution to the active deviation, or beta. `historical`: what the figure is now + `scale` ×
 * how the portfolio's tail has changed, the window extended by the path. `constant`: what no price moves.
 */
export type PathFigure =
  | { readonly kind: 'exposure'; readonly of: 'net' | 'gross' | 'cash' }
  | { readonly kind: 'concentration'; readonly of: 'largest' | 'topFive' | 'herfindahl' | 'effectiveNumber' }
  | { readonly kind: 'risk'; readonly of: 'contribution' | 'standAlone' | 'active' | 'beta' }
  | { readonly kind: 'historical'; readonly of: 'var' | 'es'; readonly scale: number }
  | { readonly kind: 'constant' };

/** A limit as the simulation takes it. */
export interface PathLimit {
  readonly figure: PathFigure;
  readonly side: 'above' | 'below';
  /** Now. */
  readonly value: number;
  readonly bound: number;
  /** Places of the positions of its node. */
  readonly members: readonly number[];
  /** Whether the node is the portfolio itself: its active return has all of the benchmark in it. */
  readonly isPortfolio: boolean;
}

/** How the risk model forgets: the oldest day of its window, or by a factor. */
export type ModelMemory =
  { readonly kind: 'window'; readonly days: number } | { readonly kind: 'decay'; readonly lambda: number };

/** What the portfolio is measured against: its weights stay as they are. */
export interface PathBenchmark {
  /** T past returns, oldest first. */
  readonly past: Float64Array;
  /** T past returns at today's volatility. */
  readonly scaled: Float64Array;
  /** Of each position, the benchmark weight that is taken off it; 0 for a benchmark that is a series of its own. */
  readonly taken: Float64Array;
}

/** How historical measures are taken. */
export interface PathTail {
  readonly windowDays: number;
  readonly confidence: number;
  readonly quantileRule: QuantileRule;
}

/** What a simulation of a portfolio rests on. */
export interface BreachSimulation {
  /** Of each position, base currency. */
  readonly values: Float64Array;
  readonly cash: number;
  /** T×n past returns of the positions, oldest first, each divided by its own volatility of the day and multiplied by today's. */
  readonly scaled: Float64Array;
  /** T×n past returns as they were: those of a window leave it along the path. */
  readonly past: Float64Array;
  readonly memory: ModelMemory;
  readonly limits: readonly PathLimit[];
  /** Of each position, the place of its name: positions of one name are one in concentration. Each is its own when absent. */
  readonly names?: readonly number[];
  /** For active risk and beta. */
  readonly benchmark?: PathBenchmark;
  /** For historical measures. */
  readonly tail?: PathTail;
  /** paths × horizonDays: the past day that each day ahead repeats. */
  readonly draws: Int32Array;
  readonly horizonDays: number;
}
