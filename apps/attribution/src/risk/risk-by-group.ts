import {
  ANNUALISATION,
  incrementalHistoricalOfPart,
  incrementalOfPart,
  scenarioLosses,
  xSigmaRho,
  type EvaluatedNode,
  type PortfolioEvaluation,
  type PortfolioEvaluationInput,
  type RiskContributions,
  type RiskMeasure,
  type XSigmaRho,
} from '@risk-budget/risk-math';
import { contributionsByRow, multiplierOf, scenariosOf } from './marginals.js';
import { at, weightsOf, type PortfolioWeights } from './portfolio-weights.js';
import type { RiskBreakdown, RiskDimension, RiskLine, XSigmaRhoLine } from './risk.types.js';

type Grouping = Exclude<RiskDimension, 'factor'>;

/** The nodes of an evaluation that a dimension is made of. */
const kinds: Readonly<Record<Grouping, EvaluatedNode['kind']>> = {
  security: 'instrument',
  strategy: 'strategy',
  sector: 'sectorTotal',
  issuer: 'issuer',
};

/**
 * Risk by groups of positions, with what the benchmark alone holds as a line of its own under tracking error. Contributions are those of
 * the evaluation, as utilization publishes them.
 *
 * @throws AttributionError `NOT_DEFINED`
 */
export function riskByGroup(
  input: PortfolioEvaluationInput,
  evaluation: Pick<PortfolioEvaluation, 'nodes' | 'views' | 'totals'>,
  measure: RiskMeasure,
  by: Grouping,
): RiskBreakdown {
  const book = new Book(input, measure);
  const nodes = (by === 'strategy' ? evaluation.nodes : evaluation.views).filter(({ kind }) => kind === kinds[by]);
  const lines = nodes.map((node) => book.line(node, by));
  const benchmark = evaluation.nodes.find(({ kind }) => kind === 'benchmark');
  return {
    total: book.contributions.total,
    lines: measure === 'trackingError' && benchmark !== undefined ? [...lines, book.benchmarkLine(benchmark)] : lines,
  };
}

/** One portfolio under one measure. */
class Book {
  readonly contributions: RiskContributions;
  private readonly weights: PortfolioWeights;
  private readonly multiplier: number | null;
  private readonly losses: Float64Array | null;
  private readonly bySecurity: XSigmaRho | null;

  constructor(
    private readonly input: PortfolioEvaluationInput,
    private readonly measure: RiskMeasure,
  ) {
    this.weights = weightsOf(input);
    this.contributions = contributionsByRow(measure, input, this.weights);
    this.multiplier = multiplierOf(measure, input);
    this.losses = this.multiplier === null ? scenarioLosses(scenariosOf(measure, input), this.weights.net) : null;
    const held = measure === 'trackingError' ? this.weights.active : this.weights.net;
    this.bySecurity = this.multiplier === null ? null : xSigmaRho(input.model.matrix, held, this.multiplier);
  }

  line(node: EvaluatedNode, kind: Grouping): RiskLine {
    const leaves = this.leavesOf(node, kind);
    const component = node.contributions[this.measure] ?? 0;
    const standalone = node.standAlone[this.measure] ?? 0;
    const row = kind === 'security' ? at(this.weights.rows, leaves[0] ?? 0) : undefined;
    return {
      name: node.name,
      kind,
      weight: node.weight,
      gross: node.gross,
      component,
      percentage: this.share(component),
      marginal: row === undefined ? ratio(component, node.gross) : at(this.contributions.marginals, row),
      incremental: this.incremental(node, leaves),
      standalone,
      xSigmaRho: row === undefined ? this.ofGroup(node.gross, component, standalone) : this.ofSecurity(row, leaves),
    };
  }

  benchmarkLine(node: EvaluatedNode): RiskLine {
    const component = node.contributions[this.measure] ?? 0;
    const standalone = node.standAlone[this.measure] ?? 0;
    return {
      name: 'benchmark',
      kind: 'benchmark',
      weight: null,
      gross: null,
      component,
      percentage: this.share(component),
      marginal: null,
      incremental: null,
      standalone,
      xSigmaRho: this.ofGroup(1, component, standalone),
    };
  }

  private leavesOf({ name }: EvaluatedNode, kind: Grouping): number[] {
    const field = kind === 'security' ? 'instrumentId' : kind;
    return this.input.leaves.flatMap((leaf, index) => (leaf[field] === name ? [index] : []));
  }

  private share(component: number): number | null {
    return ratio(component, this.contributions.total);
  }

  private incremental(node: EvaluatedNode, leaves: readonly number[]): number {
    const { rows, weights } = this.weights;
    const sold = { rows: leaves.map((leaf) => at(rows, leaf)), weights: leaves.map((leaf) => at(weights, leaf)) };
    if (this.losses !== null) {
      const scenarios = scenariosOf(this.measure, this.input);
      const figures = incrementalHistoricalOfPart(scenarios, this.losses, sold, this.input.specification);
      return this.measure === 'historicalEs' ? figures.es : figures.var;
    }
    const alone = ((node.standAlone.volatility ?? 0) / ANNUALISATION) * (this.multiplier ?? 0);
    return incrementalOfPart(this.contributions, sold, alone);
  }

  private ofSecurity(row: number, leaves: readonly number[]): XSigmaRhoLine | null {
    if (this.bySecurity === null) return null;
    const held = this.measure === 'trackingError' ? this.weights.activeWeights : this.weights.weights;
    const exposure = leaves.reduce((sum, leaf) => sum + at(held, leaf), 0);
    const { deviations, correlations } = this.bySecurity;
    return { exposure, deviation: at(deviations, row), correlation: at(correlations, row) };
  }

  /** A group counts as one position whose own risk is its stand-alone figure, so that ρ is what its contribution leaves of it. */
  private ofGroup(exposure: number, component: number, standalone: number): XSigmaRhoLine | null {
    if (this.multiplier === null) return null;
    const deviation = exposure > 0 ? standalone / exposure : 0;
    return { exposure, deviation, correlation: correlation(component, standalone) };
  }
}

function correlation(moved: number, deviation: number): number {
  return deviation > 0 ? Math.max(-1, Math.min(1, moved / deviation)) : 0;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
