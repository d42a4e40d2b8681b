import { breachProbability, type BreachProbability } from '@risk-budget/risk-math';
import { ModelPast, type ModelMemory } from './model-past.js';
import type { SimulatedLimit } from './simulated-limit.js';

/** What a simulation of a portfolio rests on. */
export interface BreachSimulation {
  /** Of each position, base currency. */
  readonly values: Float64Array;
  readonly cash: number;
  /** T×n past returns of the positions, oldest first, each divided by its own volatility of the day and multiplied by today's. */
  readonly scaled: Float64Array;
  /** T×n past returns as they were: those of the model's window leave it along the path. */
  readonly past: Float64Array;
  readonly memory: ModelMemory;
  readonly limits: readonly SimulatedLimit[];
  /** Places of the positions of each limit's node. */
  readonly members: readonly (readonly number[])[];
  readonly paths: number;
  readonly horizonDays: number;
  /** Uniform on [0, 1). */
  readonly uniform: () => number;
}

/**
 * The chance that each limit is strictly beyond its bound on any of the next days, holdings unchanged.
 *
 * Whole past days are drawn with replacement, scaled to today's volatility (filtered historical simulation; Barone-Adesi,
 * Giannopoulos and Vosper, Journal of Futures Markets 19, 1999). Values drift with the returns. A risk figure is carried along as the
 * policy's model would be estimated again: each new day enters, the oldest one leaves or fades.
 */
export function simulateBreaches(input: BreachSimulation): BreachProbability[] {
  const { limits, paths, horizonDays, uniform } = input;
  const days = input.scaled.length / input.values.length;
  const figures = limits.map(() => new Float64Array(paths * horizonDays));
  const state = new PathState(input);
  for (let path = 0; path < paths; path++) {
    state.restart();
    for (let day = 0; day < horizonDays; day++) {
      state.step(Math.min(days - 1, Math.floor(uniform() * days)), day);
      for (let k = 0; k < limits.length; k++) figures[k]![path * horizonDays + day] = state.figure(k);
    }
  }
  return limits.map(({ bound, side }, k) => breachProbability(figures[k]!, horizonDays, bound, side));
}

/** A portfolio on its way along one path. What limits of one node share is reckoned once. */
class PathState {
  private readonly values: Float64Array;
  private nav: number;
  private readonly startNav: number;
  /** Of the day's step, each position's gain; then in shares of the net asset value before it. */
  private readonly gains: Float64Array;
  private readonly shares: Float64Array;
  private readonly nodes: readonly (readonly number[])[];
  /** Of each limit, the place of its node. */
  private readonly nodeOf: readonly number[];
  private readonly past: ModelPast;
  /** Mean square of the portfolio’s return, and mean products of each node’s with it, as the model has them. */
  private square = 0;
  private readonly products: Float64Array;

  constructor(private readonly input: BreachSimulation) {
    this.values = Float64Array.from(input.values);
    this.nav = this.values.reduce((sum, value) => sum + value, input.cash);
    this.startNav = this.nav;
    this.gains = new Float64Array(this.values.length);
    this.shares = new Float64Array(this.values.length);
    const places = new Map<string, number>();
    const nodes: (readonly number[])[] = [];
    this.nodeOf = input.members.map((members) => {
      const key = members.join();
      const known = places.get(key) ?? nodes.push(members) - 1;
      places.set(key, known);
      return known;
    });
    this.nodes = nodes;
    const weights = this.values.map((value) => value / this.nav);
    this.past = new ModelPast(input.past, weights, nodes, input.memory, input.horizonDays);
    this.products = new Float64Array(nodes.length);
  }

  /** Back to today. */
  restart(): void {
    this.values.set(this.input.values);
    this.nav = this.startNav;
    this.square = this.past.square;
    this.products.set(this.past.products);
  }

  step(drawn: number, day: number): void {
    const { values, gains, shares, nav, nodes, past, products } = this;
    const { scaled } = this.input;
    const row = drawn * values.length;
    let whole = 0;
    for (let i = 0; i < values.length; i++) {
      const gain = values[i]! * scaled[row + i]!;
      gains[i] = gain;
      shares[i] = gain / nav;
      whole += gain;
    }
    const portfolio = whole / nav;
    for (let k = 0; k < nodes.length; k++) {
      const places = nodes[k]!;
      let node = 0;
      for (let at = 0; at < places.length; at++) node += shares[places[at]!]!;
      products[k] = past.updated(products[k]!, node * portfolio, past.leavingProduct(k, day));
    }
    this.square = past.updated(this.square, portfolio * portfolio, past.leavingSquare(day));
    for (let i = 0; i < values.length; i++) values[i]! += gains[i]!;
    this.nav = nav + whole;
  }

  figure(k: number): number {
    const limit = this.input.limits[k]!;
    const node = this.nodeOf[k]!;
    if (limit.figure.kind === 'risk') return limit.value * this.riskRatio(node);
    if (limit.figure.of === 'cash') return this.input.cash / this.nav;
    const net = limit.figure.of === 'net';
    const places = this.nodes[node]!;
    let total = 0;
    for (let at = 0; at < places.length; at++) {
      const weight = this.values[places[at]!]! / this.nav;
      total += net ? weight : Math.abs(weight);
    }
    return total;
  }

  /** How the node's Euler contribution to the portfolio's deviation has changed. */
  private riskRatio(node: number): number {
    const now = this.products[node]! / Math.sqrt(Math.max(this.square, Number.MIN_VALUE));
    const before = this.past.products[node]! / Math.sqrt(this.past.square);
    return before === 0 ? 1 : now / before;
  }
}
