import { FIGURE_COUNT, type Figures, addTo, namer } from './figures.js';
import { type NodeOutline, treeOf, viewsOf } from './hierarchy.js';
import { NodeConcentrations } from './node-concentration.js';
import { type PortfolioRisk, contributionsInto, portfolioRisk } from './portfolio-risk.js';
import { type PreparedLeaf, type PreparedPortfolio, preparePortfolio } from './prepared.js';
import { StandAloneRisk } from './stand-alone.js';
import type {
  EvaluatedNode,
  MeasureValues,
  PortfolioEvaluation,
  PortfolioEvaluationInput,
  PortfolioTotals,
} from './types.js';

/**
 * Evaluates a portfolio with one risk model: totals, the tree portfolio → strategy → sector → leaf, and the views by
 * issuer, sector and instrument, with contribution and stand-alone figure of every measure. The one evaluator behind
 * utilization, pre-trade checks and allocation.
 *
 * Contributions are Euler's and sum to the totals. With a weights benchmark, an instrument's benchmark weight is taken off
 * its leaves in proportion to their |w|; names that only the benchmark holds, and a series benchmark, are the node
 * `benchmark`, whose contributions to all but tracking error are 0. An instrument's leaves are netted in risk, never in
 * gross and concentration. Tree and views are ordered by name, so that the answer does not depend on the input's order.
 *
 * @throws RiskMathError `invalidInput` on NAV ≤ 0, a value that is not finite, an instrument the model does not know, a
 *   leaf that stands twice, or scenarios of other instruments or another horizon; `outOfDomain` when the benchmark has
 *   no variance; `tooFewObservations` below two scenarios
 */
export function evaluatePortfolio(input: PortfolioEvaluationInput): PortfolioEvaluation {
  const portfolio = preparePortfolio(input);
  const risk = portfolioRisk(portfolio);
  const evaluator = new NodeEvaluator(portfolio, risk);
  const nodes = treeOf(portfolio.leaves, portfolio.benchmark !== null).map((outline) => evaluator.evaluate(outline));
  const views = viewsOf(portfolio.leaves).map((outline) => evaluator.evaluate(outline));
  return {
    modelId: input.model.modelId,
    nav: input.nav,
    specification: input.specification,
    totals: evaluator.totals(nodes[0]!),
    nodes,
    views,
  };
}

class NodeEvaluator {
  private readonly name: ReturnType<typeof namer>;
  private readonly standAloneRisk: StandAloneRisk;
  private readonly concentrations: NodeConcentrations;
  /** Rows by leaf. */
  private readonly leafContributions: Figures;
  private readonly leafStandAlone: Figures;
  private readonly benchmarkContributions = new Float64Array(FIGURE_COUNT);
  private readonly benchmarkStandAlone = new Float64Array(FIGURE_COUNT);
  /** Named figures of single leaves, which a leaf shares with the views that hold nothing else. */
  private readonly namedLeaves: (NamedFigures | undefined)[] = [];
  private readonly scratch = new Float64Array(FIGURE_COUNT);

  constructor(
    private readonly portfolio: PreparedPortfolio,
    private readonly risk: PortfolioRisk,
  ) {
    const { leaves, benchmark, measures } = portfolio;
    this.name = namer(measures);
    this.standAloneRisk = new StandAloneRisk(portfolio, risk);
    this.concentrations = new NodeConcentrations(portfolio);
    this.leafContributions = new Float64Array(leaves.length * FIGURE_COUNT);
    this.leafStandAlone = new Float64Array(leaves.length * FIGURE_COUNT);
    leaves.forEach((leaf, index) => {
      const offset = index * FIGURE_COUNT;
      contributionsInto(this.leafContributions, offset, risk, leaf.instrument, leaf.weight, leaf.activeWeight);
      this.standAloneRisk.into(this.leafStandAlone, offset, [leaf]);
    });
    const held = benchmark?.node ?? [];
    for (const { instrument, weight, activeWeight } of held) {
      contributionsInto(this.scratch, 0, risk, instrument, weight, activeWeight);
      addTo(this.benchmarkContributions, this.scratch);
    }
    this.standAloneRisk.into(this.benchmarkStandAlone, 0, held);
  }

  evaluate(outline: NodeOutline): EvaluatedNode {
    const { nodeId, kind, parentId, name, strategy, sector, instrumentId } = outline.identity;
    const leaves = outline.leaves.map((index) => this.portfolio.leaves[index]!);
    let value = 0;
    let weight = 0;
    let gross = 0;
    for (const leaf of leaves) {
      value += leaf.leaf.value;
      weight += leaf.weight;
      gross += Math.abs(leaf.weight);
    }
    const { contributions, standAlone } = this.figures(outline, leaves);
    return {
      nodeId,
      kind,
      parentId,
      name,
      strategy,
      sector,
      instrumentId,
      value,
      weight,
      gross,
      contributions,
      standAlone,
      beta: this.beta(leaves),
      concentration: kind === 'leaf' || kind === 'benchmark' ? null : this.concentrations.of(leaves),
    };
  }

  totals(root: EvaluatedNode): PortfolioTotals {
    const benefit = this.risk.totals.map((total) => 0 - total);
    this.portfolio.leaves.forEach((_, index) => addTo(benefit, this.leafStandAlone, index * FIGURE_COUNT));
    addTo(benefit, this.benchmarkStandAlone);
    const { scenarios } = this.portfolio;
    return {
      measures: this.name(this.risk.totals),
      diversificationBenefit: this.name(benefit),
      beta: root.beta,
      concentration: root.concentration ?? this.concentrations.of([]),
      gross: root.gross,
      net: root.weight,
      leverage: root.gross,
      cash: 1 - root.weight,
      historical:
        scenarios === null
          ? null
          : {
              scenarios: scenarios.returns.observations,
              independentWindows: scenarios.independentWindows,
              kernelBandwidth: this.risk.kernelBandwidth,
            },
    };
  }

  private figures(outline: NodeOutline, leaves: readonly PreparedLeaf[]): NamedFigures {
    const { kind } = outline.identity;
    if (kind === 'benchmark') {
      return { contributions: this.name(this.benchmarkContributions), standAlone: this.name(this.benchmarkStandAlone) };
    }
    if (kind !== 'portfolio' && leaves.length === 1) return this.leafFigures(outline.leaves[0]!);
    const sum = this.scratch.fill(0);
    for (const index of outline.leaves) addTo(sum, this.leafContributions, index * FIGURE_COUNT);
    if (kind === 'portfolio') {
      addTo(sum, this.benchmarkContributions);
      return { contributions: this.name(sum), standAlone: this.name(this.risk.totals) };
    }
    const contributions = this.name(sum);
    this.standAloneRisk.into(this.scratch, 0, leaves);
    return { contributions, standAlone: this.name(this.scratch) };
  }

  private leafFigures(index: number): NamedFigures {
    const offset = index * FIGURE_COUNT;
    return (this.namedLeaves[index] ??= {
      contributions: this.name(this.leafContributions, offset),
      standAlone: this.name(this.leafStandAlone, offset),
    });
  }

  private beta(leaves: readonly PreparedLeaf[]): number | null {
    const { betas } = this.risk;
    if (betas === null) return null;
    let total = 0;
    for (const { instrument, weight } of leaves) total += weight * betas[instrument]!;
    return total;
  }
}

interface NamedFigures {
  readonly contributions: MeasureValues;
  readonly standAlone: MeasureValues;
}
