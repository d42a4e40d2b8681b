import { ANNUALISATION, type RiskMeasure } from '../foundation/conventions.js';
import { tailFiguresInPlace } from '../measures/historical.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import type { DeviationFactors } from './portfolio-risk.js';
import type { PreparedPortfolio } from './prepared.js';

/** Weights of some model rows. */
export interface Holding {
  readonly instrument: number;
  readonly weight: number;
}

/** Stand-alone figures of parts of one portfolio; keeps its scratch memory between calls. */
export class StandAloneRisk {
  private readonly netWeights: Float64Array;
  private readonly losses: Float64Array;
  private readonly factorExposure: Float64Array;

  constructor(
    private readonly portfolio: PreparedPortfolio,
    private readonly factors: DeviationFactors,
  ) {
    const { matrix } = portfolio.input.model;
    this.netWeights = new Float64Array(matrix.size);
    this.losses = new Float64Array(portfolio.scenarios?.returns.observations ?? 0);
    this.factorExposure = new Float64Array(matrix.kind === 'factorModel' ? matrix.factors : 0);
  }

  /** @param active the same positions as active weights */
  of(holdings: readonly Holding[], active: readonly Holding[]): Partial<Record<RiskMeasure, number>> {
    const figures: Partial<Record<RiskMeasure, number>> = {};
    const { measures } = this.portfolio;
    if (this.factors.length > 0) {
      const deviation = this.deviation(holdings);
      for (const [measure, factor] of this.factors) figures[measure] = deviation * factor;
    }
    if (measures.has('historicalVar') || measures.has('historicalEs')) this.historical(holdings, figures);
    if (measures.has('trackingError')) figures.trackingError = this.deviation(active) * ANNUALISATION;
    return figures;
  }

  /** Daily standard deviation. */
  private deviation(holdings: readonly Holding[]): number {
    const { matrix } = this.portfolio.input.model;
    const [only] = holdings;
    if (only === undefined) return 0;
    if (holdings.length === 1) return Math.abs(only.weight) * Math.sqrt(matrix.variances[only.instrument]!);
    const rows = this.net(holdings);
    const variance = this.variance(matrix, rows);
    for (const row of rows) this.netWeights[row] = 0;
    return Math.sqrt(Math.max(0, variance));
  }

  /** Adds up the weights by row in the scratch memory; @returns the rows */
  private net(holdings: readonly Holding[]): number[] {
    const rows = new Set<number>();
    for (const { instrument, weight } of holdings) {
      this.netWeights[instrument]! += weight;
      rows.add(instrument);
    }
    return [...rows];
  }

  private variance(matrix: RiskModelMatrix, rows: readonly number[]): number {
    const weights = this.netWeights;
    let total = 0;
    if (matrix.kind === 'covariance') {
      for (const i of rows) {
        const row = i * matrix.size;
        let product = 0;
        for (const j of rows) product += matrix.values[row + j]! * weights[j]!;
        total += weights[i]! * product;
      }
      return total;
    }
    const { factors, exposures, factorCovariance, specificVariances } = matrix;
    const exposure = this.factorExposure.fill(0);
    for (const i of rows) {
      const weight = weights[i]!;
      for (let a = 0; a < factors; a++) exposure[a]! += weight * exposures[i * factors + a]!;
      total += weight * weight * specificVariances[i]!;
    }
    for (let a = 0; a < factors; a++) {
      let product = 0;
      for (let b = 0; b < factors; b++) product += factorCovariance[a * factors + b]! * exposure[b]!;
      total += exposure[a]! * product;
    }
    return total;
  }

  private historical(holdings: readonly Holding[], figures: Partial<Record<RiskMeasure, number>>): void {
    const { scenarios, measures, input } = this.portfolio;
    if (scenarios === null) return;
    const { assets, observations, values } = scenarios.returns;
    const losses = this.losses.fill(0);
    for (let t = 0; t < observations; t++) {
      let total = 0;
      const row = t * assets;
      for (const { instrument, weight } of holdings) total -= weight * values[row + instrument]!;
      losses[t] = total;
    }
    const tail = tailFiguresInPlace(losses, input.specification.confidence, input.specification.quantileRule);
    if (measures.has('historicalVar')) figures.historicalVar = tail.var * scenarios.multiplier;
    if (measures.has('historicalEs')) figures.historicalEs = tail.es * scenarios.multiplier;
  }
}
