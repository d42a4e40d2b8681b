import type { RiskMeasure } from '../foundation/conventions.js';
import { concentrationOfGross } from '../measures/concentration.js';
import { type NodeOutline, treeOf, viewsOf } from './hierarchy.js';
import { type PortfolioRisk, portfolioRisk } from './portfolio-risk.js';
import { type PreparedPortfolio, preparePortfolio } from './prepared.js';
import { type Holding, StandAloneRisk } from './stand-alone.js';
import type {
  EvaluatedNode,
  MeasureValues,
  NodeConcentration,
  PortfolioEvaluation,
  PortfolioEvaluationInput,
  PortfolioTotals,
} from './types.js';

type Figures = Partial<Record<RiskMeasure, number>>;

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
    totals: totalsOf(portfolio, risk, nodes),
    nodes,
    views,
  };
}

class NodeEvaluator {
  private readonly standAlone: StandAloneRisk;
  private readonly leafContributions: readonly Figures[];
  /** Stand-alone figures of single leaves: many views hold one leaf only. */
  private readonly leafStandAlone: Figures[] = [];

  constructor(
    private readonly portfolio: PreparedPortfolio,
    private readonly risk: PortfolioRisk,
  ) {
    this.standAlone = new StandAloneRisk(portfolio, risk.factors);
    this.leafContributions = portfolio.leaves.map((leaf) =>
      contributionsOf(risk, leaf.instrument, leaf.weight, leaf.activeWeight),
    );
  }

  evaluate(outline: NodeOutline): EvaluatedNode {
    const { leaves, ...identity } = outline;
    if (outline.kind === 'benchmark') return this.benchmarkNode(identity);
    let value = 0;
    let weight = 0;
    let gross = 0;
    let beta = 0;
    const contributions: Figures = {};
    for (const measure of this.portfolio.measures) contributions[measure] = 0;
    for (const index of leaves) {
      const leaf = this.portfolio.leaves[index]!;
      value += leaf.leaf.value;
      weight += leaf.weight;
      gross += Math.abs(leaf.weight);
      if (this.risk.betas !== null) beta += leaf.weight * this.risk.betas[leaf.instrument]!;
      add(contributions, this.leafContributions[index]!);
    }
    if (outline.kind === 'portfolio' && this.portfolio.benchmark !== null) {
      for (const held of this.portfolio.benchmark.node) add(contributions, this.benchmarkContribution(held));
    }
    return {
      ...identity,
      value,
      weight,
      gross,
      contributions,
      standAlone: this.standAloneOf(outline),
      beta: this.risk.betas === null ? null : beta,
      concentration: outline.kind === 'leaf' ? null : this.concentrationOf(leaves),
    };
  }

  private standAloneOf(outline: NodeOutline): MeasureValues {
    if (outline.kind === 'portfolio') return this.risk.totals;
    const [first] = outline.leaves;
    if (outline.leaves.length === 1 && first !== undefined) {
      return (this.leafStandAlone[first] ??= this.standAlone.of(...this.holdings(outline.leaves)));
    }
    return this.standAlone.of(...this.holdings(outline.leaves));
  }

  private holdings(leaves: readonly number[]): [Holding[], Holding[]] {
    const prepared = leaves.map((index) => this.portfolio.leaves[index]!);
    return [
      prepared.map(({ instrument, weight }) => ({ instrument, weight })),
      prepared.map(({ instrument, activeWeight }) => ({ instrument, weight: activeWeight })),
    ];
  }

  private concentrationOf(leaves: readonly number[]): NodeConcentration {
    const byInstrument = new Map<string, number>();
    const byIssuer = new Map<string, number>();
    for (const index of leaves) {
      const { leaf, weight } = this.portfolio.leaves[index]!;
      const size = Math.abs(weight);
      byInstrument.set(leaf.instrumentId, (byInstrument.get(leaf.instrumentId) ?? 0) + size);
      byIssuer.set(leaf.issuer, (byIssuer.get(leaf.issuer) ?? 0) + size);
    }
    return { byInstrument: concentrationOfGross(byInstrument), byIssuer: concentrationOfGross(byIssuer) };
  }

  private benchmarkContribution(held: Holding): Figures {
    return contributionsOf(this.risk, held.instrument, 0, held.weight);
  }

  /** The short side of active risk; it holds no value of the portfolio. */
  private benchmarkNode(identity: Omit<NodeOutline, 'leaves'>): EvaluatedNode {
    const contributions: Figures = {};
    for (const measure of this.portfolio.measures) contributions[measure] = 0;
    const held = this.portfolio.benchmark?.node ?? [];
    for (const holding of held) add(contributions, this.benchmarkContribution(holding));
    return {
      ...identity,
      value: 0,
      weight: 0,
      gross: 0,
      contributions,
      standAlone: this.standAlone.of([], held),
      beta: 0,
      concentration: null,
    };
  }
}

function contributionsOf(risk: PortfolioRisk, instrument: number, weight: number, activeWeight: number): Figures {
  const figures: Figures = {};
  for (const [measure, marginals] of Object.entries(risk.marginals) as [RiskMeasure, Float64Array][]) {
    figures[measure] = marginals[instrument]! * (measure === 'trackingError' ? activeWeight : weight);
  }
  return figures;
}

function add(sum: Figures, figures: Figures): void {
  for (const measure of Object.keys(figures) as RiskMeasure[]) sum[measure] = (sum[measure] ?? 0) + figures[measure]!;
}

function totalsOf(portfolio: PreparedPortfolio, risk: PortfolioRisk, nodes: readonly EvaluatedNode[]): PortfolioTotals {
  const root = nodes[0]!;
  const benefit: Figures = {};
  for (const measure of portfolio.measures) benefit[measure] = -(risk.totals[measure] ?? 0);
  for (const node of nodes) if (node.kind === 'leaf' || node.kind === 'benchmark') add(benefit, node.standAlone);
  const { scenarios } = portfolio;
  return {
    measures: risk.totals,
    diversificationBenefit: benefit,
    beta: root.beta,
    concentration: root.concentration ?? emptyConcentration(),
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
            kernelBandwidth: risk.kernelBandwidth,
          },
  };
}

function emptyConcentration(): NodeConcentration {
  const empty = concentrationOfGross(new Map());
  return { byInstrument: empty, byIssuer: empty };
}
