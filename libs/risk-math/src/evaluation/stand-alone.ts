import { ANNUALISATION } from '../foundation/conventions.js';
import { tailFiguresInPlace } from '../measures/historical.js';
import type { FactorModel } from '../model/factor-model.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { ES, type Figures, HISTORICAL_ES, HISTORICAL_VAR, TRACKING_ERROR, VAR, VOLATILITY } from './figures.js';
import type { PortfolioRisk } from './portfolio-risk.js';
import type { PreparedPortfolio } from './prepared.js';

/** A position by model row. */
export interface Holding {
  readonly instrument: number;
  readonly weight: number;
  /** The same position less its part of the benchmark. */
  readonly activeWeight: number;
}

/** Stand-alone figures of parts of one portfolio; keeps its scratch memory between calls. */
export class StandAloneRisk {
  private readonly netWeights: Float64Array;
  private readonly touched: Uint8Array;
  private readonly losses: Float64Array;
  private readonly factorExposure: Float64Array;
  private readonly historical: boolean;

  constructor(
    private readonly portfolio: PreparedPortfolio,
    private readonly risk: PortfolioRisk,
  ) {
    const { matrix } = portfolio.input.model;
    this.netWeights = new Float64Array(matrix.size);
    this.touched = new Uint8Array(matrix.size);
    this.losses = new Float64Array(portfolio.scenarios?.returns.observations ?? 0);
    this.factorExposure = new Float64Array(matrix.kind === 'factorModel' ? matrix.factors : 0);
    this.historical = portfolio.measures.has('historicalVar') || portfolio.measures.has('historicalEs');
  }

  /** Writes the figures of some positions alone to the row at `offset`. */
  into(figures: Figures, offset: number, holdings: readonly Holding[]): void {
    const [toVolatility, toVar, toEs] = this.risk.deviationFactors;
    const deviation = this.deviation(holdings, false);
    figures[offset + VOLATILITY] = deviation * toVolatility;
    figures[offset + VAR] = deviation * toVar;
    figures[offset + ES] = deviation * toEs;
    if (this.historical) this.addHistorical(holdings, figures, offset);
    if (this.portfolio.measures.has('trackingError')) {
      figures[offset + TRACKING_ERROR] = this.deviation(holdings, true) * ANNUALISATION;
    }
  }

  /** Daily standard deviation of weights or active weights; positions of one instrument are netted. */
  private deviation(holdings: readonly Holding[], active: boolean): number {
    const { matrix } = this.portfolio.input.model;
    const only = holdings[0];
    if (only === undefined) return 0;
    if (holdings.length === 1) {
      return Math.abs(active ? only.activeWeight : only.weight) * Math.sqrt(matrix.variances[only.instrument]!);
    }
    const net = this.netWeights;
    const rows: number[] = [];
    for (const holding of holdings) {
      if (this.touched[holding.instrument] === 0) {
        this.touched[holding.instrument] = 1;
        rows.push(holding.instrument);
      }
      net[holding.instrument]! += active ? holding.activeWeight : holding.weight;
    }
    const total =
      matrix.kind === 'covariance'
        ? denseVariance(matrix.values, matrix.size, rows, net)
        : factorVariance(matrix, rows, net, this.factorExposure);
    const variance = notNegative(total, () => variancePossible(net, matrix.variances));
    for (const row of rows) {
      net[row] = 0;
      this.touched[row] = 0;
    }
    return Math.sqrt(variance);
  }

  private addHistorical(holdings: readonly Holding[], figures: Figures, offset: number): void {
    const { scenarios, measures, input } = this.portfolio;
    if (scenarios === null) return;
    const { assets, observations, values } = scenarios.returns;
    const losses = this.losses.fill(0);
    for (const { instrument, weight } of holdings) {
      for (let t = 0, at = instrument; t < observations; t++, at += assets) losses[t]! -= weight * values[at]!;
    }
    const tail = tailFiguresInPlace(losses, input.specification.confidence, input.specification.quantileRule);
    if (measures.has('historicalVar')) figures[offset + HISTORICAL_VAR] = tail.var * scenarios.multiplier;
    if (measures.has('historicalEs')) figures[offset + HISTORICAL_ES] = tail.es * scenarios.multiplier;
  }
}

function denseVariance(values: Float64Array, size: number, rows: readonly number[], weights: Float64Array): number {
  let total = 0;
  for (const i of rows) {
    const offset = i * size;
    let product = 0;
    for (const j of rows) product += values[offset + j]! * weights[j]!;
    total += weights[i]! * product;
  }
  return total;
}

function factorVariance(
  model: FactorModel,
  rows: readonly number[],
  weights: Float64Array,
  exposure: Float64Array,
): number {
  const { factors, exposures, factorCovariance, specificVariances } = model;
  exposure.fill(0);
  let total = 0;
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
