import { ANNUALISATION, type RiskMeasure } from '../foundation/conventions.js';
import { type RiskContributions, deviationContributions } from '../contributions/euler.js';
import { quantileKernel, scenarioMarginals } from '../contributions/historical.js';
import { instrumentBetas } from '../measures/benchmark-relative.js';
import { gaussianEsFactor, gaussianVarFactor } from '../measures/gaussian.js';
import { scenarioLosses, shortfallWeights, tailFiguresInPlace } from '../measures/historical.js';
import type { PreparedPortfolio } from './prepared.js';

/** The portfolio's own figures and their derivatives by instrument. */
export interface PortfolioRisk {
  readonly totals: Partial<Record<RiskMeasure, number>>;
  /** ∂ figure / ∂ weight by model row; for tracking error by active weight. */
  readonly marginals: Partial<Record<RiskMeasure, Float64Array>>;
  /** By model row; `null` without a benchmark. */
  readonly betas: Float64Array | null;
  readonly kernelBandwidth: number | null;
  /** What a daily standard deviation is multiplied by, for each measure that is proportional to it. */
  readonly factors: DeviationFactors;
}

/** Measures proportional to a standard deviation, with their factor. */
export type DeviationFactors = readonly (readonly [RiskMeasure, number])[];

/** Totals and marginals of every measure asked for. */
export function portfolioRisk(portfolio: PreparedPortfolio): PortfolioRisk {
  const { input, measures, weights, benchmark } = portfolio;
  const totals: Partial<Record<RiskMeasure, number>> = {};
  const marginals: Partial<Record<RiskMeasure, Float64Array>> = {};
  const factors = deviationFactors(portfolio);
  const put = (measure: RiskMeasure, risk: RiskContributions, factor: number): void => {
    totals[measure] = risk.total * factor;
    marginals[measure] = risk.marginals.map((marginal) => marginal * factor);
  };
  if (factors.length > 0) {
    const risk = deviationContributions(input.model.matrix, weights);
    for (const [measure, factor] of factors) put(measure, risk, factor);
  }
  if (measures.has('trackingError') && benchmark !== null) {
    put('trackingError', deviationContributions(input.model.matrix, benchmark.activeWeights), ANNUALISATION);
  }
  const kernelBandwidth = historicalRisk(portfolio, totals, marginals);
  return { totals, marginals, factors, kernelBandwidth, betas: betasOf(portfolio) };
}

function deviationFactors({ measures, input }: PreparedPortfolio): DeviationFactors {
  const factors: [RiskMeasure, number][] = [];
  if (measures.has('volatility')) factors.push(['volatility', ANNUALISATION]);
  if (measures.has('var')) factors.push(['var', gaussianVarFactor(input.specification)]);
  if (measures.has('es')) factors.push(['es', gaussianEsFactor(input.specification)]);
  return factors;
}

function betasOf({ input, benchmark }: PreparedPortfolio): Float64Array | null {
  return benchmark === null ? null : instrumentBetas(input.model.matrix, benchmark.weights);
}

/** @returns the half-width of the kernel behind the historical VaR contributions */
function historicalRisk(
  { input, measures, scenarios, weights }: PreparedPortfolio,
  totals: Partial<Record<RiskMeasure, number>>,
  marginals: Partial<Record<RiskMeasure, Float64Array>>,
): number | null {
  if (scenarios === null || !(measures.has('historicalVar') || measures.has('historicalEs'))) return null;
  const { confidence, quantileRule } = input.specification;
  const losses = scenarioLosses(scenarios, weights);
  const figures = tailFiguresInPlace(Float64Array.from(losses), confidence, quantileRule);
  const scaled = (values: Float64Array): Float64Array => values.map((value) => value * scenarios.multiplier);
  if (measures.has('historicalEs')) {
    totals.historicalEs = figures.es * scenarios.multiplier;
    marginals.historicalEs = scaled(scenarioMarginals(scenarios, shortfallWeights(losses, confidence)));
  }
  if (!measures.has('historicalVar')) return null;
  const kernel = quantileKernel(losses, figures.var, input.specification);
  totals.historicalVar = figures.var * scenarios.multiplier;
  marginals.historicalVar = scaled(scenarioMarginals(scenarios, kernel.scenarioWeights));
  return kernel.bandwidth;
}
