import {
  type Covariance,
  type EvaluationModel,
  type PortfolioEvaluationInput,
  type Returns,
  createFactorModel,
  createReturns,
  createScenarios,
  defaultRiskSpecification,
  ledoitWolf,
} from '@risk-budget/risk-math';

/** Uniform numbers from a seed, so that every run works on the same. */
export class Random {
  constructor(private state: number) {}

  uniform(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return (this.state + 0.5) / 4294967296;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** One market and residuals of 0.6 to 2 % a day, betas 0.6 to 1.4. */
export function marketReturns(assets: number, observations: number, seed = 2018): Returns & { ids: readonly string[] } {
  const random = new Random(seed);
  const betas = Float64Array.from({ length: assets }, () => 0.6 + 0.8 * random.uniform());
  const sizes = Float64Array.from({ length: assets }, () => 0.006 + 0.014 * random.uniform());
  const values = new Float64Array(assets * observations);
  for (let t = 0; t < observations; t++) {
    const market = 0.01 * random.normal();
    for (let i = 0; i < assets; i++) values[t * assets + i] = betas[i]! * market + sizes[i]! * random.normal();
  }
  const ids = Array.from({ length: assets }, (_, i) => `A${i}`);
  return { ...createReturns(values, observations, assets, ids), ids };
}

export function covarianceOf(assets: number): Covariance {
  return ledoitWolf(marketReturns(assets, 1000), 'identity').covariance;
}

/** `positions` leaves over the model's instruments, in three strategies and eleven sectors. */
export function portfolio(model: EvaluationModel, positions: number): PortfolioEvaluationInput {
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
  const returns = marketReturns(assets, 500);
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
