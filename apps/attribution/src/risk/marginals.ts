import {
  ANNUALISATION,
  gaussianEsContributions,
  gaussianEsFactor,
  gaussianVarContributions,
  gaussianVarFactor,
  historicalEsContributions,
  historicalVarContributions,
  trackingErrorContributions,
  volatilityContributions,
  type PortfolioEvaluationInput,
  type RiskContributions,
  type RiskMeasure,
} from '@risk-budget/risk-math';
import { AttributionError } from '../errors.js';
import type { PortfolioWeights } from './portfolio-weights.js';

/** What a daily standard deviation is multiplied by; null for a measure that is no multiple of one. */
export function multiplierOf(
  measure: RiskMeasure,
  { specification }: Pick<PortfolioEvaluationInput, 'specification'>,
): number | null {
  switch (measure) {
    case 'volatility':
    case 'trackingError':
      return ANNUALISATION;
    case 'var':
      return gaussianVarFactor(specification);
    case 'es':
      return gaussianEsFactor(specification);
    case 'historicalVar':
    case 'historicalEs':
      return null;
  }
}

/** Euler's contributions by model row. @throws AttributionError `NOT_DEFINED` without a benchmark or scenarios */
export function contributionsByRow(
  measure: RiskMeasure,
  input: PortfolioEvaluationInput,
  weights: PortfolioWeights,
): RiskContributions {
  const { matrix } = input.model;
  switch (measure) {
    case 'volatility':
      return volatilityContributions(matrix, weights.net);
    case 'var':
      return gaussianVarContributions(matrix, weights.net, input.specification);
    case 'es':
      return gaussianEsContributions(matrix, weights.net, input.specification);
    case 'trackingError':
      if (input.benchmark === undefined) throw notDefined(measure, 'a benchmark that its risk model has');
      return trackingErrorContributions(matrix, weights.net, weights.benchmark);
    case 'historicalVar':
      return historicalVarContributions(scenariosOf(measure, input), weights.net, input.specification);
    case 'historicalEs':
      return historicalEsContributions(scenariosOf(measure, input), weights.net, input.specification);
  }
}

/** @throws AttributionError `NOT_DEFINED` */
export function scenariosOf(
  measure: RiskMeasure,
  { scenarios }: PortfolioEvaluationInput,
): NonNullable<PortfolioEvaluationInput['scenarios']> {
  if (scenarios === undefined) throw notDefined(measure, 'enough price history for scenarios');
  return scenarios;
}

function notDefined(measure: RiskMeasure, lacking: string): AttributionError {
  return new AttributionError('ATTRIBUTION.NOT_DEFINED', `The portfolio has no ${measure}: it lacks ${lacking}.`, {
    field: 'measure',
  });
}
