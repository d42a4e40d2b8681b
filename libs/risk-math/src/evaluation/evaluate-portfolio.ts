import { FIGURE_COUNT, type Figures, addTo, named, positionsOf } from './figures.js';
import { type NodeOutline, treeOf, viewsOf } from './hierarchy.js';
import { NodeConcentrations } from './node-concentration.js';
import { type PortfolioRisk, contributionsInto, portfolioRisk } from './portfolio-risk.js';
import { type PreparedLeaf, type PreparedPortfolio, preparePortfolio } from './prepared.js';
import { StandAloneRisk } from './stand-alone.js';
import type { EvaluatedNode, PortfolioEvaluation, PortfolioEvaluationInput, PortfolioTotals } from './types.js';

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
  private readonly positions: readonly number[];
  private readonly standAloneRisk: StandAloneRisk;
  private readonly concentrations: NodeConcentrations;
  private readonly leafContributions: readonly Figures[];
  private readonly benchmarkContributions: Figures;
  /** Stand-alone figures of single leaves: many views hold one leaf only. */
  private readonly leafStandAlone: Figures[] = [];

  constructor(
    private readonly portfolio: PreparedPortfolio,
    private readonly risk: PortfolioRisk,
  ) {
    this.positions = positionsOf(portfolio.measures);
    this.standAloneRisk = new StandAloneRisk(portfolio, risk);
    this.concentrations = new NodeConcentrations(portfolio);
    this.leafContributions = portfolio.leaves.map((leaf) => {
      const figures = new Float64Array(FIGURE_COUNT);
      contributionsInto(figures, risk, leaf.instrument, leaf.weight, leaf.activeWeight);
      return figures;
    });
    this.benchmarkContributions = new Float64Array(FIGURE_COUNT);
    const contribution = new Float64Array(FIGURE_COUNT);
    for (const held of portfolio.benchmark?.node ?? []) {
      contributionsInto(contribution, risk, held.instrument, held.weight, held.activeWeight);
      addTo(this.benchmarkContributions, contribution);
    }
  }

  evaluate(outline: NodeOutline): EvaluatedNode {
    const { kind } = outline.identity;
    const leaves = outline.leaves.map((index) => this.portfolio.leaves[index]!);
    const contributions = new Float64Array(FIGURE_COUNT);
    for (const index of outline.leaves) addTo(contributions, this.leafContributions[index]!);
    if (kind === 'portfolio' || kind === 'benchmark') addTo(contributions, this.benchmarkContributions);
    let value = 0;
    let weight = 0;
    let gross = 0;
    for (const leaf of leaves) {
      value += leaf.leaf.value;
      weight += leaf.weight;
      gross += Math.abs(leaf.weight);
    }
    const { nodeId, parentId, name, strategy, sector, instrumentId } = outline.identity;
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
      contributions: named(contributions, this.positions),
      standAlone: named(this.standAlone(outline, leaves), this.positions),
      beta: this.beta(leaves),
      concentration: kind === 'leaf' || kind === 'benchmark' ? null : this.concentrations.of(leaves),
    };
  }

  totals(root: EvaluatedNode): PortfolioTotals {
    const benefit = this.risk.totals.map((total) => 0 - total);
    this.portfolio.leaves.forEach((_, index) => addTo(benefit, this.leafStandAloneOf(index)));
    addTo(benefit, this.standAloneRisk.of(this.portfolio.benchmark?.node ?? []));
    const { scenarios } = this.portfolio;
    return {
      measures: named(this.risk.totals, this.positions),
      diversificationBenefit: named(benefit, this.positions),
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

  private standAlone(outline: NodeOutline, leaves: readonly PreparedLeaf[]): Figures {
    if (outline.identity.kind === 'portfolio') return this.risk.totals;
    if (outline.identity.kind === 'benchmark') return this.standAloneRisk.of(this.portfolio.benchmark?.node ?? []);
    return leaves.length === 1 ? this.leafStandAloneOf(outline.leaves[0]!) : this.standAloneRisk.of(leaves);
  }

  private leafStandAloneOf(index: number): Figures {
    return (this.leafStandAlone[index] ??= this.standAloneRisk.of([this.portfolio.leaves[index]!]));
  }

  private beta(leaves: readonly PreparedLeaf[]): number | null {
    const { betas } = this.risk;
    if (betas === null) return null;
    let total = 0;
    for (const { instrument, weight } of leaves) total += weight * betas[instrument]!;
    return total;
  }
}
