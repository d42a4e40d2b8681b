import { gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { preparePortfolio, type PreparedPortfolio } from '../evaluation/prepared.js';
import type { NodeIdentity } from '../evaluation/hierarchy.js';
import type { PortfolioEvaluationInput } from '../evaluation/types.js';
import { ANNUALISATION, type RiskMeasure } from '../foundation/conventions.js';
import { requireFiniteNumber, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Concentration } from '../measures/concentration.js';
import { multiply, quadraticForm } from '../model/risk-model-matrix.js';
import { BenchmarkCovariances, benchmarkTermsOf } from './benchmark-state.js';
import { DenseCovariances } from './dense-covariances.js';
import { FactorCovariances } from './factor-covariances.js';
import type { HeldCovariances } from './held-covariances.js';
import { HeldScenarios } from './held-scenarios.js';
import { type HeldValues, sumByLeaf } from './held-values.js';
import { type NodeTable, nodeTableOf } from './node-table.js';
import { RankedSizes } from './ranked-sizes.js';

/** Below this part of the variance the active variance is the small difference of large terms: six digits of sixteen are gone. */
const CLOSE = 1e-6;

export interface IntradayOptions {
  /** Moves after which everything is summed anew from the values held. Default 4,096. */
  readonly refreshEvery?: number | undefined;
  /** The drift of the variance, relative to it, beyond which that is done before. Default 1e-11. */
  readonly driftAllowed?: number | undefined;
}

/** Measures whose contributions are known by node after every price. */
export type IntradayMeasure = Exclude<RiskMeasure, 'historicalVar' | 'historicalEs'>;

/**
 * A portfolio within the day: one price after the other at a fixed risk model, holdings and rates, every figure of the whole and the
 * contribution of every node as the evaluator would compute it, at a cost that does not grow with the number of positions (factor form).
 *
 * A new price changes one value v, hence every weight v / NAV. All sums are therefore kept of values, not of weights: with d the change,
 * Bᵀv moves by d Bᵢ and F Bᵀv by d (F Bᵢ), so that vᵀΣv, the marginals (Σv)ᵢ and the covariance of each node with the whole follow from
 * them exactly. Sums pick up rounding move by move: `drift` bounds what the variance is off by, and everything is summed anew from the
 * values, which carry none, when that is more than `driftAllowed` or after `refreshEvery` moves.
 *
 * `setPrice`, figures of the whole and contributions allocate nothing, but for results that are records, and for tracking error where the
 * portfolio all but holds its benchmark.
 */
export class IntradayPortfolio {
  private readonly prepared: PreparedPortfolio;
  private readonly nodes: NodeTable;
  private readonly values: HeldValues;
  /** Value of a leaf for one unit of its price. */
  private readonly units: Float64Array;
  private readonly prices: Float64Array;
  private readonly rowById: ReadonlyMap<string, number>;
  private readonly covariances: HeldCovariances;
  private readonly benchmark: BenchmarkCovariances | null;
  private readonly scenarios: HeldScenarios | null;
  private readonly byInstrument: RankedSizes;
  private readonly byIssuer: RankedSizes;
  private readonly nodeValue: Float64Array;
  private readonly nodeGross: Float64Array;
  /** Σ|v| × daily standard deviation over the node's leaves. */
  private readonly nodeSpread: Float64Array;
  /** Daily standard deviation by model row. */
  private readonly deviations: Float64Array;
  /** Changes of the leaves of one instrument. */
  private readonly leafChanges: Float64Array;
  private readonly factors: Readonly<Record<IntradayMeasure, number>>;
  /** NAV less the leaves: cash, and what no leaf stands for. */
  private readonly rest: number;
  private net = 0;
  private gross = 0;
  /** vᵀΣv and its root, after the last price. */
  private variance = 0;
  private deviation = 0;
  private moved = 0;
  private moves = 0;
  private refreshes = 0;
  private readonly refreshEvery: number;
  private readonly driftAllowed: number;

  /**
   * @param input as the evaluator takes it, at `prices`
   * @param prices by model row, in the instrument's currency; of instruments that no leaf holds any number
   * @throws RiskMathError as `evaluatePortfolio`; `invalidInput` when a held instrument's price is 0 or not finite
   */
  constructor(input: PortfolioEvaluationInput, prices: Float64Array, options: IntradayOptions = {}) {
    const { refreshEvery = 4096, driftAllowed = 1e-11 } = options;
    requireInteger(refreshEvery, 1, 'refreshEvery');
    requireFiniteNumber(driftAllowed, 'driftAllowed');
    requireLength(prices, input.model.instrumentIds.length, 'prices');
    this.refreshEvery = refreshEvery;
    this.driftAllowed = driftAllowed;
    this.prepared = preparePortfolio(input);
    const { leaves, measures, issuers, scenarios } = this.prepared;
    this.nodes = nodeTableOf(this.prepared);
    this.prices = prices.slice();
    this.rowById = new Map(input.model.instrumentIds.map((id, row) => [id, row]));
    this.values = {
      leaf: Float64Array.from(leaves, ({ leaf }) => leaf.value),
      row: new Float64Array(prices.length),
      rowOfLeaf: Int32Array.from(leaves, ({ instrument }) => instrument),
    };
    this.units = Float64Array.from(leaves, ({ leaf, instrument }) => {
      requirePrice(prices[instrument]!, leaf.instrumentId);
      return leaf.value / prices[instrument]!;
    });
    this.rest = input.nav - leaves.reduce((sum, { leaf }) => sum + leaf.value, 0);
    this.leafChanges = new Float64Array(leaves.length);
    this.nodeValue = new Float64Array(this.nodes.identities.length);
    this.nodeGross = new Float64Array(this.nodes.identities.length);
    this.nodeSpread = new Float64Array(this.nodes.identities.length);
    this.deviations = input.model.matrix.variances.map(Math.sqrt);
    this.byInstrument = new RankedSizes(new Float64Array(prices.length));
    this.byIssuer = new RankedSizes(new Float64Array(issuers.length));
    this.sumValues();
    const terms = benchmarkTermsOf(this.prepared, this.nodes);
    const { matrix } = input.model;
    const parts = terms === null ? null : terms.partOfLeaf;
    this.covariances =
      matrix.kind === 'covariance'
        ? new DenseCovariances(matrix, this.values, this.nodes, parts)
        : new FactorCovariances(matrix, this.values, this.nodes, parts);
    this.takeVariance();
    this.benchmark = terms === null ? null : new BenchmarkCovariances(terms, this.values, this.nodes);
    this.scenarios =
      scenarios === null || !(measures.has('historicalVar') || measures.has('historicalEs'))
        ? null
        : new HeldScenarios(scenarios, this.values, input.specification);
    this.factors = {
      volatility: ANNUALISATION,
      var: gaussianVarFactor(input.specification),
      es: gaussianEsFactor(input.specification),
      trackingError: ANNUALISATION,
    };
  }

  /** The model row of an instrument. @throws RiskMathError `invalidInput` when the model does not know it */
  rowOf(instrumentId: string): number {
    const row = this.rowById.get(instrumentId);
    if (row === undefined) {
      throw new RiskMathError('invalidInput', `the model does not know ${instrumentId}`, { ids: [instrumentId] });
    }
    return row;
  }

  /**
   * The instrument's price is now `price`; everything follows.
   *
   * @throws RiskMathError `invalidInput` on a price of a held instrument that is 0 or not finite: nothing has changed then
   */
  setPrice(row: number, price: number): void {
    const { starts, values } = this.nodes.leavesOfRow;
    const first = starts[row]!;
    const last = starts[row + 1]!;
    if (first === last || price === this.prices[row]) return;
    requirePrice(price, this.prepared.input.model.instrumentIds[row]!);
    this.prices[row] = price;
    const before = this.values.row[row]!;
    let change = 0;
    let after = 0;
    let size = 0;
    for (let list = first; list < last; list++) {
      const leaf = values[list]!;
      const value = this.units[leaf]! * price;
      const leafChange = value - this.values.leaf[leaf]!;
      this.moveLeaf(leaf, row, value, leafChange);
      this.leafChanges[list - first] = leafChange;
      change += leafChange;
      after += value;
      size += Math.abs(value);
    }
    this.values.row[row] = after;
    this.byInstrument.set(row, size);
    this.covariances.move(row, change, before, this.leafChanges);
    this.scenarios?.move(row, change);
    this.addMovement(row, change);
    this.moves++;
    if (this.moves >= this.refreshEvery || this.drift() > this.driftAllowed) this.refresh();
  }

  /** NAV in base currency. @throws RiskMathError `invalidInput` when it is not above 0: weights are not defined then */
  nav(): number {
    const nav = this.rest + this.net;
    if (!(nav > 0)) {
      throw new RiskMathError('invalidInput', `net asset value is ${nav}; it must be above 0`, { field: 'nav' });
    }
    return nav;
  }

  /** Σ|w|, which is the leverage for instruments linear in price. */
  grossWeight(): number {
    return this.gross / this.nav();
  }

  /** Σw without cash. */
  netWeight(): number {
    return this.net / this.nav();
  }

  /** A figure of the whole; undefined when the input does not allow it. Fraction of NAV, in the measure's unit. */
  total(measure: RiskMeasure): number | undefined {
    if (!this.prepared.measures.has(measure)) return undefined;
    if (measure === 'historicalVar') return this.scenarios!.figures().var / this.nav();
    if (measure === 'historicalEs') return this.scenarios!.figures().es / this.nav();
    const deviation = measure === 'trackingError' ? Math.sqrt(this.activeVariance()) : this.deviation;
    return (this.factors[measure] * deviation) / this.nav();
  }

  /** Beta to the benchmark; undefined without one. */
  beta(): number | undefined {
    const { benchmark } = this;
    return benchmark === null ? undefined : benchmark.ofWhole() / benchmark.terms.variance / this.nav();
  }

  /**
   * How far the portfolio has moved since it was made: a bound on what the prices of others have done to any node, relative to the node's
   * {@link undiversified} figure. Grows with every price.
   *
   * With Δ the risk of one price's change and σ the mean of the portfolio's before and after, the correlation of a node that has not moved itself
   * with the portfolio changes by no more than Δ/σ (two vectors over their lengths are no further apart), and its size relative to NAV as NAV does.
   * Source: Dunkl and Williams, American Mathematical Monthly 71 (1964).
   */
  get movement(): number {
    return this.moved;
  }

  /** The largest that a node's figure could be: its contribution if nothing in it, or beside it, diversified; its own size otherwise. */
  undiversified(figure: IntradayMeasure | 'weight' | 'gross' | 'beta', node: number): number {
    if (figure === 'weight' || figure === 'gross') return this.nodeGrossWeight(node);
    if (figure === 'beta') return Math.abs(this.nodeBeta(node) ?? 0);
    return (this.factors[figure] * this.nodeSpread[node]!) / this.nav();
  }

  /** By what the variance can be off by rounding since the last refresh, relative to it. Figures in volatility: half of it. */
  drift(): number {
    const drift = this.covariances.varianceDrift();
    return drift === 0 ? 0 : drift / this.variance;
  }

  /** Moves since everything was summed anew, and how often that was done. */
  get history(): { readonly movesSinceRefresh: number; readonly refreshes: number } {
    return { movesSinceRefresh: this.moves, refreshes: this.refreshes };
  }

  /** Factor exposures Σ wᵢ Bᵢₖ; `null` for a model that has no factors. Writes to `target`, k long. */
  factorExposures(target: Float64Array): Float64Array | null {
    if (!(this.covariances instanceof FactorCovariances)) return null;
    requireLength(target, this.covariances.exposure.length, 'target');
    const nav = this.nav();
    this.covariances.exposure.forEach((exposure, factor) => (target[factor] = exposure / nav));
    return target;
  }

  /** Nodes by number, in the order of the evaluator: tree, then views. */
  get identities(): readonly NodeIdentity[] {
    return this.nodes.identities;
  }

  /** The number of a node; undefined when the portfolio has none of that id. */
  nodeOf(nodeId: string): number | undefined {
    return this.nodes.indexById.get(nodeId);
  }

  /** Calls back with every node that holds a leaf of the instrument, the portfolio first; one held by two leaves may come twice. */
  forEachNodeOf(row: number, visit: (node: number) => void): void {
    const { leavesOfRow, nodesOfLeaf } = this.nodes;
    for (let list = leavesOfRow.starts[row]!; list < leavesOfRow.starts[row + 1]!; list++) {
      const leaf = leavesOfRow.values[list]!;
      for (let at = nodesOfLeaf.starts[leaf]!; at < nodesOfLeaf.starts[leaf + 1]!; at++) visit(nodesOfLeaf.values[at]!);
    }
  }

  nodeWeight(node: number): number {
    return this.nodeValue[node]! / this.nav();
  }

  /** Σ|w| over the node's leaves. */
  nodeGrossWeight(node: number): number {
    return this.nodeGross[node]! / this.nav();
  }

  /** Σ w β over the node's leaves; undefined without a benchmark. */
  nodeBeta(node: number): number | undefined {
    const { benchmark } = this;
    return benchmark === null ? undefined : benchmark.ofNode(node) / benchmark.terms.variance / this.nav();
  }

  /** The Euler contribution of a node, of which the first is the portfolio; undefined when the input does not allow the measure. */
  contribution(measure: IntradayMeasure, node: number): number | undefined {
    if (node === 0 || measure === 'trackingError')
      return node === 0 ? this.total(measure) : this.activeContribution(node);
    if (!this.prepared.measures.has(measure)) return undefined;
    if (this.variance === 0) return 0;
    return (this.factors[measure] * this.covariance(node)) / (this.deviation * this.nav());
  }

  /** Concentration of the whole by instrument, or by issuer; the largest name is not looked for. */
  concentration(by: 'instrument' | 'issuer'): Omit<Concentration, 'largestName'> {
    const sizes = by === 'instrument' ? this.byInstrument : this.byIssuer;
    const nav = this.nav();
    if (!(this.gross > 0)) return { largest: 0, topFive: 0, herfindahl: 0, effectiveNumber: 0 };
    const herfindahl = sizes.sumOfSquares() / this.gross / this.gross;
    return {
      largest: sizes.largest() / nav,
      topFive: sizes.sumOfLargest(5) / nav,
      herfindahl,
      effectiveNumber: 1 / herfindahl,
    };
  }

  /** The evaluator's input at the present prices, for a full evaluation. */
  evaluationInput(): PortfolioEvaluationInput {
    const { input } = this.prepared;
    const leaves = input.leaves.map((leaf, index) => ({ ...leaf, value: this.values.leaf[index]! }));
    return { ...input, nav: this.nav(), leaves };
  }

  /** Sums everything anew from the values held. */
  refresh(): void {
    this.sumValues();
    this.covariances.refresh();
    this.takeVariance();
    this.benchmark?.refresh();
    this.scenarios?.refresh();
    this.moves = 0;
    this.refreshes++;
  }

  private takeVariance(): void {
    this.variance = this.covariances.variance();
    this.deviation = Math.sqrt(this.variance);
  }

  private addMovement(row: number, change: number): void {
    const before = this.deviation;
    this.takeVariance();
    const risk = (before + this.deviation) / 2;
    const nav = this.rest + this.net;
    const navBefore = nav - change;
    // Without risk or NAV nothing bounds anything: every figure is to be looked at.
    const moved = (Math.abs(change) * this.deviations[row]!) / risk + Math.abs(Math.log(nav / navBefore));
    this.moved += Number.isFinite(moved) ? moved : 1;
  }

  private moveLeaf(leaf: number, row: number, value: number, change: number): void {
    const before = this.values.leaf[leaf]!;
    const grown = Math.abs(value) - Math.abs(before);
    this.values.leaf[leaf] = value;
    this.net += change;
    this.gross += grown;
    const { starts, values } = this.nodes.nodesOfLeaf;
    for (let list = starts[leaf]!; list < starts[leaf + 1]!; list++) {
      const node = values[list]!;
      this.nodeValue[node]! += change;
      this.nodeGross[node]! += grown;
      this.nodeSpread[node]! += grown * this.deviations[row]!;
    }
    const { issuer } = this.prepared.leaves[leaf]!;
    this.byIssuer.set(issuer, Math.max(0, this.byIssuer.sizes[issuer]! + grown));
    this.benchmark?.moveLeaf(leaf, row, change);
  }

  private sumValues(): void {
    const { leaf: leafValues, row: rowValues, rowOfLeaf } = this.values;
    const { starts, values } = this.nodes.nodesOfLeaf;
    for (const sums of [rowValues, this.nodeValue, this.nodeGross, this.nodeSpread]) sums.fill(0);
    this.byInstrument.clear();
    this.byIssuer.clear();
    this.net = 0;
    this.gross = 0;
    for (let leaf = 0; leaf < leafValues.length; leaf++) {
      const value = leafValues[leaf]!;
      const size = Math.abs(value);
      const row = rowOfLeaf[leaf]!;
      const { issuer } = this.prepared.leaves[leaf]!;
      this.net += value;
      this.gross += size;
      rowValues[row]! += value;
      this.byInstrument.set(row, this.byInstrument.sizes[row]! + size);
      this.byIssuer.set(issuer, this.byIssuer.sizes[issuer]! + size);
      for (let list = starts[leaf]!; list < starts[leaf + 1]!; list++) {
        this.nodeValue[values[list]!]! += value;
        this.nodeGross[values[list]!]! += size;
        this.nodeSpread[values[list]!]! += size * this.deviations[row]!;
      }
    }
    this.byInstrument.refresh();
    this.byIssuer.refresh();
  }

  /** Covariance of a node's leaves with the whole, in value squared. */
  private covariance(node: number): number {
    if (this.nodes.slotOfNode[node]! >= 0) return this.covariances.ofNode(node);
    const row = this.onlyRowOf(node);
    return row < 0 ? 0 : this.nodeValue[node]! * this.covariances.marginal(row);
  }

  private activeContribution(node: number): number | undefined {
    const total = this.total('trackingError');
    if (total === undefined || total === 0) return total;
    const nav = this.nav();
    return ((this.factors.trackingError ** 2 / total) * this.activeCovariance(node, nav)) / (nav * nav);
  }

  /** Covariance of a node's active values with those of the whole: (v − NAV b)ᵀ Σ (v − NAV b), the node's part of it. */
  private activeCovariance(node: number, nav: number): number {
    const { terms } = this.benchmark!;
    if (this.isCloseToBenchmark(nav)) return this.summedActiveCovariance(node, nav);
    if (this.nodes.identities[node]!.kind === 'benchmark') return this.activeCovarianceOfBenchmarkNode(nav);
    const ofPart = this.partCovariance(node);
    return this.covariance(node) - nav * (this.benchmark!.ofNode(node) + ofPart) + nav * nav * terms.partOfNode[node]!;
  }

  private partCovariance(node: number): number {
    if (this.nodes.slotOfNode[node]! >= 0) return this.covariances.ofBenchmarkPart(node);
    const row = this.onlyRowOf(node);
    if (row < 0) return 0;
    const { partOfLeaf } = this.benchmark!.terms;
    const { starts, values } = this.nodes.leavesOfNode;
    let part = 0;
    for (let list = starts[node]!; list < starts[node + 1]!; list++) part += partOfLeaf[values[list]!]!;
    return part * this.covariances.marginal(row);
  }

  private activeCovarianceOfBenchmarkNode(nav: number): number {
    const { product } = this.benchmark!.terms;
    let total = 0;
    for (const { instrument, activeWeight } of this.prepared.benchmark!.node) {
      total += activeWeight * nav * (this.covariances.marginal(instrument) - nav * product[instrument]!);
    }
    return total;
  }

  private activeVariance(): number {
    const nav = this.nav();
    if (!this.isCloseToBenchmark(nav)) return Math.max(0, this.expandedActiveVariance(nav));
    return quadraticForm(this.prepared.input.model.matrix, this.activeValues(nav));
  }

  private expandedActiveVariance(nav: number): number {
    const { terms } = this.benchmark!;
    return this.variance - 2 * nav * this.benchmark!.ofWhole() + nav * nav * terms.variance;
  }

  /** Whether so little is left of the terms of the active variance that it has to be summed from the active values themselves. */
  private isCloseToBenchmark(nav: number): boolean {
    return this.expandedActiveVariance(nav) < CLOSE * this.variance;
  }

  private activeValues(nav: number): Float64Array {
    const { weights } = this.prepared.benchmark!;
    return this.values.row.map((value, row) => value - nav * weights[row]!);
  }

  private summedActiveCovariance(node: number, nav: number): number {
    const product = multiply(this.prepared.input.model.matrix, this.activeValues(nav));
    if (this.nodes.identities[node]!.kind === 'benchmark') {
      const { node: holdings } = this.prepared.benchmark!;
      return holdings.reduce((sum, held) => sum + held.activeWeight * nav * product[held.instrument]!, 0);
    }
    const { partOfLeaf } = this.benchmark!.terms;
    const active = this.values.leaf.map((value, leaf) => value - nav * partOfLeaf[leaf]!);
    return sumByLeaf(this.nodes.leavesOfNode, node, active, product, this.values.rowOfLeaf);
  }

  /** The one instrument of a leaf or an instrument's view; −1 for a node without leaves. */
  private onlyRowOf(node: number): number {
    const { starts, values } = this.nodes.leavesOfNode;
    const first = starts[node]!;
    return first === starts[node + 1] ? -1 : this.values.rowOfLeaf[values[first]!]!;
  }
}

function requirePrice(price: number, instrumentId: string): void {
  if (Number.isFinite(price) && price !== 0) return;
  throw new RiskMathError('invalidInput', `the price of ${instrumentId} is ${price}`, {
    field: 'price',
    ids: [instrumentId],
  });
}
