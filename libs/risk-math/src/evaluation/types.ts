import type { RiskMeasure, RiskSpecification } from '../foundation/conventions.js';
import type { Concentration } from '../measures/concentration.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import type { ScenarioSet } from '../returns/scenarios.js';

/** One position: the leaf (strategy, instrument) of the portfolio's tree. */
export interface PortfolioLeaf {
  readonly strategy: string;
  readonly sector: string;
  readonly issuer: string;
  readonly instrumentId: string;
  /** Signed, in base currency: quantity × raw price × rate. */
  readonly value: number;
}

/** What tracking error and beta are measured against. */
export type BenchmarkInput =
  /** A price series: one short asset. The instrument must be in the model. */
  | { readonly kind: 'series'; readonly instrumentId: string }
  /** Weights by instrument; what they lack to 1 is cash. Every instrument must be in the model. */
  | {
      readonly kind: 'weights';
      readonly weights: readonly { readonly instrumentId: string; readonly weight: number }[];
    };

/** The risk model a portfolio is evaluated with. */
export interface EvaluationModel {
  /** Opaque; repeated in the answer. */
  readonly modelId: string;
  /** The instruments of the matrix's rows, in order. */
  readonly instrumentIds: readonly string[];
  readonly matrix: RiskModelMatrix;
}

/** Everything the evaluator needs; it reads nothing else. */
export interface PortfolioEvaluationInput {
  /** Net asset value in base currency, cash included; above 0. */
  readonly nav: number;
  readonly leaves: readonly PortfolioLeaf[];
  readonly model: EvaluationModel;
  /**
   * Past returns of exactly the model's instruments, in its order. Without it the historical measures are absent.
   * Prepare it once with `createScenarios` and use it for every evaluation.
   */
  readonly scenarios?: ScenarioSet | undefined;
  readonly benchmark?: BenchmarkInput | undefined;
  readonly specification: RiskSpecification;
  /** The measures wanted; all that the input allows when absent. */
  readonly measures?: readonly RiskMeasure[] | undefined;
}

/** A figure by measure. A measure is absent when the input does not allow it (no scenarios, no benchmark) or it was not asked for. */
export type MeasureValues = { readonly [M in RiskMeasure]?: number };

export type EvaluatedNodeKind =
  'portfolio' | 'strategy' | 'sector' | 'leaf' | 'benchmark' | 'issuer' | 'sectorTotal' | 'instrument';

/** One node of the tree, or one view over the same leaves. */
export interface EvaluatedNode {
  readonly nodeId: string;
  readonly kind: EvaluatedNodeKind;
  /** The node above in the tree; `null` for the portfolio and for views. */
  readonly parentId: string | null;
  /** The name within its kind: the strategy, sector, issuer or instrument; `portfolio`, `benchmark`. */
  readonly name: string;
  readonly strategy: string | null;
  readonly sector: string | null;
  readonly instrumentId: string | null;
  /** Net value in base currency. */
  readonly value: number;
  /** Net weight: value / NAV. */
  readonly weight: number;
  /** Σ|w| over the node's leaves. */
  readonly gross: number;
  /** Signed Euler contribution to the portfolio's figure, in the measure's unit; children sum to their parent. */
  readonly contributions: MeasureValues;
  /** The measure of the node's positions alone. For tracking error: of its active weights alone. */
  readonly standAlone: MeasureValues;
  /** Σ w β over the node's leaves: its part of the portfolio's beta. `null` without a benchmark. */
  readonly beta: number | null;
  /** Over the node's own positions, by instrument and by issuer. `null` for leaves and the benchmark. */
  readonly concentration: NodeConcentration | null;
}

export interface NodeConcentration {
  readonly byInstrument: Concentration;
  readonly byIssuer: Concentration;
}

/** How the historical figures were made. */
export interface HistoricalBasis {
  /** Scenarios used: T, or T − h + 1 overlapping windows. */
  readonly scenarios: number;
  /** Windows that share no day: ⌊T / h⌋. Equal to `scenarios` for one-day returns. */
  readonly independentWindows: number;
  /** Half-width in loss (fraction of NAV, before √h) of the kernel behind the historical VaR contributions; 0 when the neighbouring scenarios alone were used. */
  readonly kernelBandwidth: number | null;
}

export interface PortfolioTotals {
  readonly measures: MeasureValues;
  /** Σ over leaves (and the benchmark node) of stand-alone risk, less the portfolio's, by measure. */
  readonly diversificationBenefit: MeasureValues;
  /** Against the benchmark, from the model; `null` without one. */
  readonly beta: number | null;
  readonly concentration: NodeConcentration;
  /** Σ|w| without cash. */
  readonly gross: number;
  /** Σw without cash. */
  readonly net: number;
  /** Gross exposure / NAV. Equal to `gross` for instruments linear in price. */
  readonly leverage: number;
  /** 1 − net: what is neither long nor short, as a fraction of NAV. */
  readonly cash: number;
  /** `null` without scenarios. */
  readonly historical: HistoricalBasis | null;
}

export interface PortfolioEvaluation {
  readonly modelId: string;
  readonly nav: number;
  readonly specification: RiskSpecification;
  readonly totals: PortfolioTotals;
  /** The tree, parents before children: portfolio, then each strategy with its sectors and their leaves; last the benchmark node, when there is one. */
  readonly nodes: readonly EvaluatedNode[];
  /** Issuer, sector and instrument totals across strategies. */
  readonly views: readonly EvaluatedNode[];
}
