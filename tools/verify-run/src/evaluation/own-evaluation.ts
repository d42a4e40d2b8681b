import type { RiskMeasure } from '@risk-budget/contracts';
import { dailyContributions, dailyVariance, gaussianScales } from '../numerics/gaussian.js';
import {
  expectedShortfall,
  losses,
  quantileType7,
  quantileWeights,
  scenarioContributions,
  tailWeights,
} from '../numerics/historical.js';
import type { Matrix } from '../numerics/shrinkage.js';

/** A position with its share of net asset value. */
export interface OwnLeaf {
  readonly strategy: string;
  readonly sector: string;
  readonly issuer: string;
  readonly instrumentId: string;
  readonly value: number;
  readonly weight: number;
}

export interface OwnEvaluationInput {
  readonly leaves: readonly OwnLeaf[];
  /** Rows and columns of the covariance, and columns of the scenarios. */
  readonly instrumentIds: readonly string[];
  /** Per day. */
  readonly covariance: Matrix;
  /** Past returns of today's instruments, a row a day; absent when there is no window. */
  readonly scenarios?: Matrix | undefined;
  /** The series that the portfolio is measured against. */
  readonly benchmark?: string | undefined;
  readonly confidence: number;
  readonly horizonDays: number;
}

export type Figures = Partial<Record<RiskMeasure, number>>;

export interface OwnNode {
  readonly nodeId: string;
  readonly value: number;
  readonly weight: number;
  readonly consumption: Figures;
  readonly standalone: Figures;
  readonly beta: number | null;
}

export interface OwnEvaluation {
  readonly nodes: ReadonlyMap<string, OwnNode>;
  readonly totals: Figures;
  readonly beta: number | null;
  readonly diversificationBenefit: number;
}

const measures: readonly RiskMeasure[] = ['volatility', 'var', 'es', 'historicalVar', 'historicalEs', 'trackingError'];

/**
 * Every figure of a portfolio by plain sums: volatility and Gaussian measures from the covariance, historical ones from the scenarios,
 * tracking error with the benchmark as one short position. Contributions of a node are the sums of its leaves'.
 */
export function evaluateOwn(input: OwnEvaluationInput): OwnEvaluation {
  const column = new Map(input.instrumentIds.map((instrumentId, index) => [instrumentId, index]));
  const columnOf = (instrumentId: string): number => {
    const index = column.get(instrumentId);
    if (index === undefined) throw new Error(`the model lacks ${instrumentId}`);
    return index;
  };
  const vector = (leaves: readonly OwnLeaf[]): number[] => {
    const weights = new Array<number>(input.instrumentIds.length).fill(0);
    for (const leaf of leaves) {
      const index = columnOf(leaf.instrumentId);
      weights[index] = (weights[index] ?? 0) + leaf.weight;
    }
    return weights;
  };
  const short = new Array<number>(input.instrumentIds.length).fill(0);
  if (input.benchmark !== undefined) short[columnOf(input.benchmark)] = -1;

  const whole = vector(input.leaves);
  const totals = figuresOf(input, whole, short);
  const byInstrument = instrumentContributions(input, whole, short);
  const benchmarkVariance = input.benchmark === undefined ? 0 : dailyVariance(short, input.covariance);
  const betaOf = (leaves: readonly OwnLeaf[]): number | null => {
    if (input.benchmark === undefined) return null;
    const weights = vector(leaves);
    let covariance = 0;
    for (let i = 0; i < weights.length; i++) {
      covariance += (weights[i] ?? 0) * (input.covariance[i]?.[columnOf(input.benchmark)] ?? 0);
    }
    return covariance / benchmarkVariance;
  };

  const none = new Array<number>(input.instrumentIds.length).fill(0);
  const nodes = new Map<string, OwnNode>();
  // Many views hold the same positions as a node of the tree.
  const figuresByPositions = new Map<string, Figures>();
  const standaloneOf = (leaves: readonly OwnLeaf[]): Figures => {
    const positions = leaves.map((leaf) => `${leaf.strategy}/${leaf.instrumentId}`).join(' ');
    const figures = figuresByPositions.get(positions) ?? figuresOf(input, vector(leaves), none);
    figuresByPositions.set(positions, figures);
    return figures;
  };
  for (const [nodeId, leaves] of groupsOf(input.leaves)) {
    const consumption: Figures = {};
    for (const measure of measures) {
      const ofInstrument = byInstrument[measure];
      if (ofInstrument === undefined) continue;
      let sum = nodeId === 'portfolio' && measure === 'trackingError' ? benchmarkPart(ofInstrument, short) : 0;
      for (const leaf of leaves) sum += leaf.weight * (ofInstrument[columnOf(leaf.instrumentId)] ?? 0);
      consumption[measure] = sum;
    }
    nodes.set(nodeId, {
      nodeId,
      value: leaves.reduce((sum, leaf) => sum + leaf.value, 0),
      weight: leaves.reduce((sum, leaf) => sum + leaf.weight, 0),
      consumption,
      standalone: nodeId === 'portfolio' ? totals : standaloneOf(leaves),
      beta: betaOf(leaves),
    });
  }
  if (input.benchmark !== undefined) nodes.set('benchmark', benchmarkNode(input, byInstrument, short));

  let leafVolatilities = 0;
  for (const leaf of input.leaves) leafVolatilities += standaloneOf([leaf]).volatility ?? 0;
  return {
    nodes,
    totals,
    beta: betaOf(input.leaves),
    diversificationBenefit: leafVolatilities - (totals.volatility ?? 0),
  };
}

/** Contribution to each measure of one unit of weight of every instrument; `short` is the benchmark as a short position. */
export function instrumentContributions(
  input: OwnEvaluationInput,
  weights: readonly number[],
  short: readonly number[],
): Partial<Record<RiskMeasure, number[]>> {
  const scales = gaussianScales(input.confidence, input.horizonDays);
  const daily = perUnit(weights, dailyContributions(weights, input.covariance), input.covariance);
  const result: Partial<Record<RiskMeasure, number[]>> = {
    volatility: daily.map((part) => part * scales.annual),
    var: daily.map((part) => part * scales.var),
    es: daily.map((part) => part * scales.es),
  };
  if (input.benchmark !== undefined) {
    const active = weights.map((weight, i) => weight + (short[i] ?? 0));
    const parts = perUnit(active, dailyContributions(active, input.covariance), input.covariance);
    result.trackingError = parts.map((part) => part * scales.annual);
  }
  if (input.scenarios !== undefined) {
    const ones = weights.map(() => 1);
    const root = Math.sqrt(input.horizonDays);
    const loss = losses(weights, input.scenarios);
    const quantile = quantileType7(loss, input.confidence);
    const ofVar = scenarioContributions(ones, input.scenarios, quantileWeights(loss, quantile));
    const ofEs = scenarioContributions(ones, input.scenarios, tailWeights(loss, input.confidence));
    result.historicalVar = ofVar.map((part) => part * root);
    result.historicalEs = ofEs.map((part) => part * root);
  }
  return result;
}

/** Marginal contributions (Σw)ᵢ / σ: defined for an instrument of weight 0 too, which the benchmark's column needs. */
function perUnit(weights: readonly number[], contributions: readonly number[], covariance: Matrix): number[] {
  const sigma = contributions.reduce((sum, part) => sum + part, 0);
  return weights.map((_, i) => {
    let marginal = 0;
    for (let j = 0; j < weights.length; j++) marginal += (covariance[i]?.[j] ?? 0) * (weights[j] ?? 0);
    return sigma === 0 ? 0 : marginal / sigma;
  });
}

function figuresOf(input: OwnEvaluationInput, weights: readonly number[], short: readonly number[]): Figures {
  const scales = gaussianScales(input.confidence, input.horizonDays);
  const sigma = Math.sqrt(dailyVariance(weights, input.covariance));
  const figures: Figures = { volatility: sigma * scales.annual, var: sigma * scales.var, es: sigma * scales.es };
  if (input.benchmark !== undefined) {
    const active = weights.map((weight, i) => weight + (short[i] ?? 0));
    figures.trackingError = Math.sqrt(dailyVariance(active, input.covariance)) * scales.annual;
  }
  if (input.scenarios !== undefined) {
    const loss = losses(weights, input.scenarios);
    const root = Math.sqrt(input.horizonDays);
    figures.historicalVar = quantileType7(loss, input.confidence) * root;
    figures.historicalEs = expectedShortfall(loss, input.confidence) * root;
  }
  return figures;
}

function benchmarkPart(ofInstrument: readonly number[], short: readonly number[]): number {
  return short.reduce((sum, weight, i) => sum + weight * (ofInstrument[i] ?? 0), 0);
}

function benchmarkNode(
  input: OwnEvaluationInput,
  byInstrument: Partial<Record<RiskMeasure, number[]>>,
  short: readonly number[],
): OwnNode {
  const consumption: Figures = {};
  const standalone: Figures = {};
  const scales = gaussianScales(input.confidence, input.horizonDays);
  for (const measure of measures) {
    const ofInstrument = byInstrument[measure];
    if (ofInstrument === undefined) continue;
    consumption[measure] = measure === 'trackingError' ? benchmarkPart(ofInstrument, short) : 0;
    standalone[measure] =
      measure === 'trackingError' ? Math.sqrt(dailyVariance(short, input.covariance)) * scales.annual : 0;
  }
  return { nodeId: 'benchmark', value: 0, weight: 0, consumption, standalone, beta: null };
}

/** Leaves of every node and view. */
export function groupsOf(leaves: readonly OwnLeaf[]): Map<string, OwnLeaf[]> {
  const groups = new Map<string, OwnLeaf[]>([['portfolio', [...leaves]]]);
  const add = (nodeId: string, leaf: OwnLeaf) => groups.set(nodeId, [...(groups.get(nodeId) ?? []), leaf]);
  for (const leaf of leaves) {
    add(`strategy:${leaf.strategy}`, leaf);
    add(`sector:${leaf.strategy}/${leaf.sector}`, leaf);
    add(`leaf:${leaf.strategy}/${leaf.instrumentId}`, leaf);
    add(`issuer:${leaf.issuer}`, leaf);
    add(`sectorTotal:${leaf.sector}`, leaf);
    add(`instrument:${leaf.instrumentId}`, leaf);
  }
  return groups;
}
