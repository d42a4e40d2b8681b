import { breachProbability, type BreachProbability } from '@risk-budget/risk-math';
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

/** How the policy's risk model forgets: the oldest day of its window, or by a factor. */
export type ModelMemory =
  { readonly kind: 'window'; readonly days: number } | { readonly kind: 'decay'; readonly lambda: number };

/**
 * The chance that each limit is strictly beyond its bound on any of the next days, holdings unchanged.
 *
 * Whole past days are drawn with replacement, scaled to today's volatility (filtered historical simulation; Barone-Adesi,
 * Giannopoulos and Vosper, Journal of Futures Markets 19, 1999). Values drift with the returns. A risk figure is carried along as the
 * policy's model would be estimated again: each new day enters, the oldest one leaves or fades.
 */
export function simulateBreaches(input: BreachSimulation): BreachProbability[] {
  const { values, limits, paths, horizonDays, uniform } = input;
  const positions = values.length;
  const days = input.scaled.length / positions;
  const figures = limits.map(() => new Float64Array(paths * horizonDays));
  const start = new PathState(input);
  const state = new PathState(input);
  for (let path = 0; path < paths; path++) {
    state.reset(start);
    for (let day = 0; day < horizonDays; day++) {
      state.step(Math.min(days - 1, Math.floor(uniform() * days)), day);
      limits.forEach((_, k) => (figures[k]![path * horizonDays + day] = state.figure(k)));
    }
  }
  return limits.map(({ bound, side }, k) => breachProbability(figures[k]!, horizonDays, bound, side));
}

/** A portfolio on its way along one path. */
class PathState {
  private readonly values: Float64Array;
  private nav = 0;
  /** Mean square of the portfolio’s return, and mean products of each node’s with it, as the model has them. */
  private square = 0;
  private readonly products: Float64Array;
  private readonly startSquare: number;
  private readonly startProducts: Float64Array;
  /** Past returns of the portfolio and of each node at today's holdings. */
  private readonly pastOfPortfolio: Float64Array;
  private readonly pastOfNodes: readonly Float64Array[];

  constructor(private readonly input: BreachSimulation) {
    this.values = Float64Array.from(input.values);
    this.nav = this.total();
    const positions = this.values.length;
    const days = input.past.length / positions;
    const part = (places: readonly number[]): Float64Array =>
      Float64Array.from({ length: days }, (_, t) =>
        places.reduce((sum, i) => sum + (this.values[i]! / this.nav) * input.past[t * positions + i]!, 0),
      );
    this.pastOfPortfolio = part([...this.values.keys()]);
    this.pastOfNodes = input.members.map(part);
    this.startSquare = this.meanProduct(this.pastOfPortfolio);
    this.startProducts = Float64Array.from(this.pastOfNodes, (node) => this.meanProduct(node));
    this.square = this.startSquare;
    this.products = Float64Array.from(this.startProducts);
  }

  reset(start: PathState): void {
    this.values.set(start.values);
    this.nav = start.nav;
    this.square = start.square;
    this.products.set(start.products);
  }

  step(drawn: number, day: number): void {
    const { scaled, members, memory } = this.input;
    const positions = this.values.length;
    const row = drawn * positions;
    const nav = this.nav;
    let whole = 0;
    const gains = new Float64Array(positions);
    for (let i = 0; i < positions; i++) {
      gains[i] = this.values[i]! * scaled[row + i]!;
      whole += gains[i]!;
    }
    const portfolio = whole / nav;
    const leaving = this.pastOfPortfolio.length - this.window() + day;
    const oldest = memory.kind === 'window' ? this.pastOfPortfolio[leaving]! : 0;
    members.forEach((places, k) => {
      let node = 0;
      for (const i of places) node += gains[i]! / nav;
      const old = memory.kind === 'window' ? this.pastOfNodes[k]![leaving]! : 0;
      this.products[k] = this.updated(this.products[k]!, node * portfolio, old * oldest);
    });
    this.square = this.updated(this.square, portfolio * portfolio, oldest * oldest);
    for (let i = 0; i < positions; i++) this.values[i]! += gains[i]!;
    this.nav = nav + whole;
  }

  figure(k: number): number {
    const limit = this.input.limits[k]!;
    if (limit.figure.kind === 'risk') return limit.value * this.riskRatio(k);
    if (limit.figure.of === 'cash') return this.input.cash / this.nav;
    let total = 0;
    for (const i of this.input.members[k]!) {
      const weight = this.values[i]! / this.nav;
      total += limit.figure.of === 'net' ? weight : Math.abs(weight);
    }
    return total;
  }

  /** How the node's Euler contribution to the portfolio's deviation has changed. */
  private riskRatio(k: number): number {
    const now = this.products[k]! / Math.sqrt(Math.max(this.square, Number.MIN_VALUE));
    const before = this.startProducts[k]! / Math.sqrt(this.startSquare);
    return before === 0 ? 1 : now / before;
  }

  private updated(mean: number, entering: number, leaving: number): number {
    const { memory } = this.input;
    if (memory.kind === 'decay') return memory.lambda * mean + (1 - memory.lambda) * entering;
    return mean + (entering - leaving) / this.window();
  }

  /** Days of the model's window that are known. */
  private window(): number {
    const { memory } = this.input;
    const known = this.pastOfPortfolio.length;
    return memory.kind === 'window' ? Math.min(memory.days, known) : known;
  }

  private meanProduct(node: Float64Array): number {
    const { memory } = this.input;
    const days = node.length;
    let [total, weights, weight] = [0, 0, 1];
    for (let t = days - 1; t >= days - this.window(); t--) {
      total += weight * node[t]! * this.pastOfPortfolio[t]!;
      weights += weight;
      if (memory.kind === 'decay') weight *= memory.lambda;
    }
    return total / weights;
  }

  private total(): number {
    return this.values.reduce((sum, value) => sum + value, this.input.cash);
  }
}
