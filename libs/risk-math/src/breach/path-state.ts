import { concentrationOfSizes, type Concentration } from '../measures/concentration.js';
import type { TailFigures } from '../measures/historical.js';
import { ModelMeans, type FollowedPair } from './model-means.js';
import type { BreachSimulation, PathLimit } from './path-limits.js';
import { LossWindow } from './path-tail.js';

/** The portfolio's return is the first series, the benchmark's and the active one follow where there is a benchmark. */
const PORTFOLIO = 0;
const BENCHMARK = 1;
const ACTIVE = 2;

/** A node as limits share it: what of it is a series of returns. */
interface PathNode {
  readonly members: readonly number[];
  readonly isPortfolio: boolean;
  /** Positions of one name, by place. */
  readonly names: readonly (readonly number[])[];
  /** Room for the gross weight of each name. */
  readonly sizes: Float64Array;
  /** Of the day, once a limit has asked for it. */
  concentration: Concentration | undefined;
}

/** A followed series of a node: raw returns, or active ones. */
interface NodeSeries {
  readonly node: number;
  readonly active: boolean;
}

const unnamed = (): string => '';

/** A portfolio on its way along one path. What limits share is reckoned once. */
export class PathState {
  private readonly values: Float64Array;
  private nav: number;
  private readonly startNav: number;
  /** Of the day's step, each position's gain; then in shares of the net asset value before it. */
  private readonly gains: Float64Array;
  private readonly shares: Float64Array;
  private readonly nodes: PathNode[] = [];
  /** Of each limit, the place of its node. */
  private readonly nodeOf: readonly number[];
  private readonly nodeSeries: NodeSeries[] = [];
  private readonly pairs: FollowedPair[] = [];
  /** Of each limit of risk, the pairs in and under its fraction. */
  private readonly fractions: readonly (readonly [number, number] | undefined)[];
  private readonly model: ModelMeans;
  private readonly means: Float64Array;
  private readonly today: Float64Array;
  private readonly firstOfNodes: number;
  private readonly losses: LossWindow | undefined;
  private tail: TailFigures | undefined;

  constructor(private readonly input: BreachSimulation) {
    const { limits, memory, horizonDays, benchmark } = input;
    this.values = Float64Array.from(input.values);
    this.nav = this.values.reduce((sum, value) => sum + value, input.cash);
    this.startNav = this.nav;
    this.gains = new Float64Array(this.values.length);
    this.shares = new Float64Array(this.values.length);
    this.firstOfNodes = benchmark === undefined ? 1 : ACTIVE + 1;
    this.nodeOf = limits.map((limit) => this.nodeOfLimit(limit));
    this.fractions = limits.map((limit, k) => this.fractionOf(limit, this.nodeOf[k]!));
    const series = this.pastSeries();
    this.model = new ModelMeans(series, this.pairs, memory, horizonDays);
    this.means = new Float64Array(this.pairs.length);
    this.today = new Float64Array(series.length);
    if (input.tail !== undefined) this.losses = new LossWindow(series[PORTFOLIO]!, input.tail, horizonDays);
  }

  /** Back to today. */
  restart(): void {
    this.values.set(this.input.values);
    this.nav = this.startNav;
    this.means.set(this.model.start);
    this.losses?.restart();
  }

  step(drawn: number, day: number): void {
    const { values, gains, shares, nav, pairs, means, today } = this;
    const { scaled } = this.input;
    const row = drawn * values.length;
    let whole = 0;
    for (let i = 0; i < values.length; i++) {
      const gain = values[i]! * scaled[row + i]!;
      gains[i] = gain;
      shares[i] = gain / nav;
      whole += gain;
    }
    this.returnsOfDay(whole / nav, drawn);
    for (let p = 0; p < pairs.length; p++) {
      const { first, second } = pairs[p]!;
      means[p] = this.model.updated(p, means[p]!, today[first]! * today[second]!, day);
    }
    for (let i = 0; i < values.length; i++) values[i]! += gains[i]!;
    this.nav = nav + whole;
    this.losses?.enter(-whole / nav);
    this.tail = undefined;
    for (let n = 0; n < this.nodes.length; n++) this.nodes[n]!.concentration = undefined;
  }

  figure(k: number): number {
    const { figure, value } = this.input.limits[k]!;
    switch (figure.kind) {
      case 'constant':
        return value;
      case 'risk':
        return value * this.riskRatio(k, figure.of);
      case 'historical':
        return value + figure.scale * this.tailChange(figure.of);
      case 'concentration':
        return this.concentration(this.nodes[this.nodeOf[k]!]!)[figure.of];
      case 'exposure':
        return figure.of === 'cash' ? this.input.cash / this.nav : this.exposure(k, figure.of === 'net');
    }
  }

  private exposure(k: number, net: boolean): number {
    const places = this.nodes[this.nodeOf[k]!]!.members;
    let total = 0;
    for (let at = 0; at < places.length; at++) {
      const weight = this.values[places[at]!]! / this.nav;
      total += net ? weight : Math.abs(weight);
    }
    return total;
  }

  private concentration(node: PathNode): Concentration {
    if (node.concentration !== undefined) return node.concentration;
    const { names, sizes } = node;
    for (let name = 0; name < names.length; name++) {
      const places = names[name]!;
      let size = 0;
      for (let at = 0; at < places.length; at++) size += Math.abs(this.values[places[at]!]! / this.nav);
      sizes[name] = size;
    }
    return (node.concentration = concentrationOfSizes(sizes, unnamed));
  }

  /** How the node's figure has changed by the model; one that is 0 stays so. */
  private riskRatio(k: number, of: 'contribution' | 'standAlone' | 'active' | 'beta'): number {
    const [above, below] = this.fractions[k]!;
    const fraction = (means: Float64Array): number => {
      if (of === 'standAlone') return Math.sqrt(Math.max(0, means[above]!));
      const under = Math.max(means[below]!, Number.MIN_VALUE);
      return means[above]! / (of === 'beta' ? under : Math.sqrt(under));
    };
    const before = fraction(this.model.start);
    return before === 0 ? 1 : fraction(this.means) / before;
  }

  private tailChange(of: 'var' | 'es'): number {
    const { losses } = this;
    if (losses === undefined) return 0;
    this.tail ??= losses.figures();
    return this.tail[of] - losses.start[of];
  }

  private nodeOfLimit({ members, isPortfolio }: PathLimit): number {
    const key = members.join();
    const known = this.nodes.findIndex((node) => node.isPortfolio === isPortfolio && node.members.join() === key);
    if (known >= 0) return known;
    const names = new Map<number, number[]>();
    for (const i of members) {
      const name = this.input.names?.[i] ?? i;
      names.set(name, [...(names.get(name) ?? []), i]);
    }
    const sizes = new Float64Array(names.size);
    return this.nodes.push({ members, isPortfolio, names: [...names.values()], sizes, concentration: undefined }) - 1;
  }

  private fractionOf({ figure }: PathLimit, node: number): readonly [number, number] | undefined {
    if (figure.kind !== 'risk') return undefined;
    const own = this.nodes[node]!.isPortfolio ? PORTFOLIO : this.seriesOf({ node, active: false });
    switch (figure.of) {
      case 'contribution':
        return [this.pairOf(own, PORTFOLIO), this.pairOf(PORTFOLIO, PORTFOLIO)];
      case 'standAlone':
        return [this.pairOf(own, own), this.pairOf(own, own)];
      case 'beta':
        return [this.pairOf(own, BENCHMARK), this.pairOf(BENCHMARK, BENCHMARK)];
      case 'active': {
        const active = this.nodes[node]!.isPortfolio ? ACTIVE : this.seriesOf({ node, active: true });
        return [this.pairOf(active, ACTIVE), this.pairOf(ACTIVE, ACTIVE)];
      }
    }
  }

  private seriesOf({ node, active }: NodeSeries): number {
    const known = this.nodeSeries.findIndex((one) => one.node === node && one.active === active);
    return this.firstOfNodes + (known >= 0 ? known : this.nodeSeries.push({ node, active }) - 1);
  }

  private pairOf(first: number, second: number): number {
    const known = this.pairs.findIndex((pair) => pair.first === first && pair.second === second);
    return known >= 0 ? known : this.pairs.push({ first, second }) - 1;
  }

  /** Past returns of every series at today's holdings. */
  private pastSeries(): Float64Array[] {
    const { past, benchmark } = this.input;
    const width = this.values.length;
    const days = width === 0 ? (benchmark?.past.length ?? 0) : past.length / width;
    const weights = this.values.map((value) => value / this.startNav);
    const sum = (places: readonly number[], of: Float64Array): Float64Array => {
      const result = new Float64Array(days);
      for (const i of places) for (let t = 0; t < days; t++) result[t]! += of[i]! * past[t * width + i]!;
      return result;
    };
    const portfolio = sum([...weights.keys()], weights);
    const activeWeights = weights.map((weight, i) => weight - (benchmark?.taken[i] ?? 0));
    return [
      portfolio,
      ...(benchmark === undefined
        ? []
        : [benchmark.past, portfolio.map((value, t) => value - (benchmark.past[t] ?? 0))]),
      ...this.nodeSeries.map(({ node, active }) => sum(this.nodes[node]!.members, active ? activeWeights : weights)),
    ];
  }

  private returnsOfDay(portfolio: number, drawn: number): void {
    const { today, shares, nodeSeries, nodes, firstOfNodes } = this;
    const { benchmark, scaled } = this.input;
    const row = drawn * shares.length;
    today[PORTFOLIO] = portfolio;
    if (benchmark !== undefined) {
      today[BENCHMARK] = benchmark.scaled[drawn]!;
      today[ACTIVE] = portfolio - benchmark.scaled[drawn]!;
    }
    for (let s = 0; s < nodeSeries.length; s++) {
      const { node, active } = nodeSeries[s]!;
      const places = nodes[node]!.members;
      let total = 0;
      for (let at = 0; at < places.length; at++) {
        const i = places[at]!;
        total += shares[i]!;
        if (active) total -= benchmark!.taken[i]! * scaled[row + i]!;
      }
      today[firstOfNodes + s] = total;
    }
  }
}
