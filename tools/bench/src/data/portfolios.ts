import {
  type EvaluationModel,
  type PortfolioEvaluationInput,
  createFactorModel,
  createScenarios,
  defaultRiskSpecification,
  ledoitWolf,
} from '@risk-budget/risk-math';
import { factorReturns } from './market-model.js';
import { Random } from './random.js';

/** `positions` leaves over the model's instruments, in three strategies and eleven sectors. */
function portfolio(model: EvaluationModel, positions: number): PortfolioEvaluationInput {
  const random = new Random(7);
  const { instrumentIds } = model;
  const leaves = Array.from({ length: positions }, (_, index) => ({
    strategy: index < instrumentIds.length ? `strategy${index % 3}` : 'overlay',
    sector: `sector${index % 11}`,
    issuer: `issuer${index % Math.max(1, instrumentIds.length >> 1)}`,
    instrumentId: instrumentIds[index % instrumentIds.length]!,
    value: 1000 * random.normal(),
  }));
  return { nav: 1000 * positions, leaves, model, specification: defaultRiskSpecification };
}

/** A portfolio with 500 scenarios and its first instrument as the benchmark series. */
export function portfolioWithHistory(assets: number, positions: number): PortfolioEvaluationInput {
  const returns = factorReturns(assets, 500);
  const model = {
    modelId: 'bench',
    instrumentIds: returns.ids,
    matrix: ledoitWolf(returns, 'constantCorrelation').covariance,
  };
  return {
    ...portfolio(model, positions),
    scenarios: createScenarios(returns, defaultRiskSpecification),
    benchmark: { kind: 'series', instrumentId: returns.ids[0]! },
  };
}

/** A portfolio over a model in factor form, with a diagonal factor covariance. */
export function factorPortfolio(positions: number, factors: number): PortfolioEvaluationInput {
  const random = new Random(50);
  const factorCovariance = new Float64Array(factors * factors);
  for (let f = 0; f < factors; f++) factorCovariance[f * factors + f] = 1e-4 / (f + 1);
  const matrix = createFactorModel(positions, factors, {
    exposures: Float64Array.from({ length: positions * factors }, () => random.normal()),
    factorCovariance,
    specificVariances: new Float64Array(positions).fill(1e-4),
  });
  const instrumentIds = Array.from({ length: positions }, (_, i) => `A${i}`);
  return portfolio({ modelId: 'bench', instrumentIds, matrix }, positions);
}

/** Weights of the leaves. */
export function weightsOf({ leaves, nav }: PortfolioEvaluationInput): Float64Array {
  return Float64Array.from(leaves, ({ value }) => value / nav);
}
