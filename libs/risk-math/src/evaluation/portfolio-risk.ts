import { ANNUALISATION } from '../foundation/conventions.js';
import { type RiskContributions, deviationContributions } from '../contributions/euler.js';
import { quantileKernel, scenarioMarginals } from '../contributions/historical.js';
import { instrumentBetas } from '../measures/benchmark-relative.js';
import { gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { scenarioLosses, shortfallWeights, tailFiguresInPlace } from '../measures/historical.js';
import {
  ES,
  FIGURE_COUNT,
  type Figures,
  HISTORICAL_ES,
  HISTORICAL_VAR,
  TRACKING_ERROR,
  VAR,
  VOLATILITY,
} from './figures.js';
import type { PreparedPortfolio } from './prepared.js';

/** The portfolio's own figures and their derivatives by instrument. */
export interface PortfolioRisk {
  readonly totals: Figures;
  /** ∂ figure / ∂ weight by measure and model row, `null` for a measure not asked for; tracking error's is by active weight. */
  readonly marginals: readonly (Float64Array | null)[];
  /** By model row; `null` without a benchmark. */
  readonly betas: Float64Array | null;
  readonly kernelBandwidth: number | null;
  /** What a daily standard deviation is multiplied by: volatility, VaR, ES; 0 for one not asked for. */
  readonly deviationFactors: readonly [number, number, number];
}

/** Totals and marginals of every measure asked for. */
export function portfolioRisk(portfolio: PreparedPortfolio): PortfolioRisk {
  const { input, measures, weights, benchmark } = portfolio;
  const totals = new Float64Array(FIGURE_COUNT);
  const marginals = new Array<Float64Array | null>(FIGURE_COUNT).fill(null);
  const put = (position: number, risk: RiskContributions, factor: number): void => {
    totals[position] = risk.total * factor;
    marginals[position] = risk.marginals.map((marginal) => marginal * factor);
  };
  const deviationFactors = [
    measures.has('volatility') ? ANNUALISATION : 0,
    measures.has('var') ? gaussianVarFactor(input.specification) : 0,
    measures.has('es') ? gaussianEsFactor(input.specification) : 0,
  ] as const;
  const risk = deviationContributions(input.model.matrix, weights);
  if (measures.has('volatility')) put(VOLATILITY, risk, deviationFactors[0]);
  if (measures.has('var')) put(VAR, risk, deviationFactors[1]);
  if (measures.has('es')) put(ES, risk, deviationFactors[2]);
  if (measures.has('trackingError') && benchmark !== null) {
    put(TRACKING_ERROR, deviationContributions(input.model.matrix, benchmark.activeWeights), ANNUALISATION);
  }
  const kernelBandwidth = historicalRisk(portfolio, totals, marginals);
  const betas = benchmark === null ? null : instrumentBetas(input.model.matrix, benchmark.weights);
  return { totals, marginals, deviationFactors, kernelBandwidth, betas };
}

/** @returns the half-width of the kernel behind the historical VaR contributions */
function historicalRisk(
  { input, measures, scenarios, weights }: PreparedPortfolio,
  totals: Figures,
  marginals: (Float64Array | null)[],
): number | null {
  if (scenarios === null || !(measures.has('historicalVar') || measures.has('historicalEs'))) return null;
  const { confidence, quantileRule } = input.specification;
  const losses = scenarioLosses(scenarios, weights);
  const figures = tailFiguresInPlace(Float64Array.from(losses), confidence, quantileRule);
  const scaled = (values: Float64Array): Float64Array => values.map((value) => value * scenarios.multiplier);
  if (measures.has('historicalEs')) {
    totals[HISTORICAL_ES] = figures.es * scenarios.multiplier;
    marginals[HISTORICAL_ES] = scaled(scenarioMarginals(scenarios, shortfallWeights(losses, confidence)));
  }
  if (!measures.has('historicalVar')) return null;
  const kernel = quantileKernel(losses, figures.var, input.specification);
  totals[HISTORICAL_VAR] = figures.var * scenarios.multiplier;
  marginals[HISTORICAL_VAR] = scaled(scenarioMarginals(scenarios, kernel.scenarioWeights));
  return kernel.bandwidth;
}

/** Writes the Euler contributions of one position to the row at `offset`. */
export function contributionsInto(
  target: Figures,
  offset: number,
  risk: PortfolioRisk,
  instrument: number,
  weight: number,
  activeWeight: number,
): void {
  for (let position = 0; position < FIGURE_COUNT; position++) {
    const marginals = risk.marginals[position];
    if (marginals === null || marginals === undefined) continue;
    target[offset + position] = marginals[instrument]! * (position === TRACKING_ERROR ? activeWeight : weight);
  }
}
