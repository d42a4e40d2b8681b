import {
  ANNUALISATION,
  aggregate,
  correlationSensitivity,
  defaultRiskSpecification,
  deviationSensitivities,
  factorProjection,
  factorReturnAttribution,
  factorRiskContributions,
  factorSensitivities,
  gaussianEsContributions,
  gaussianVarContributions,
  incrementalGaussianEs,
  incrementalGaussianVar,
  incrementalTrackingError,
  incrementalVolatility,
  mencheroLinking,
  monteCarloVarContributions,
  percentageContributions,
  riskAdjustedAttribution,
  sampleCovariance,
  shapleyValues,
  simulatedLosses,
  sumByGroup,
  trackingErrorContributions,
  xSigmaRho,
  type FactorModel,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

const POSITIONS = 5000;

/** A decomposition of a portfolio in factor form. */
const of = (
  name: string,
  call: (model: FactorModel, weights: Float64Array, benchmark: Float64Array) => unknown,
): Workload => ({
  name: `${name}, 5,000 × 50 factors`,
  prepare: () => {
    const input = factorPortfolio(POSITIONS, 50);
    const { matrix } = input.model;
    if (matrix.kind !== 'factorModel') throw new Error('the portfolio has a factor model');
    const weights = weightsOf(input);
    const benchmark = new Float64Array(POSITIONS).fill(1 / POSITIONS);
    return () => call(matrix, weights, benchmark);
  },
});

export const workloads: readonly Workload[] = [
  of('contributions to Gaussian VaR and ES, in percent', (model, weights) => {
    const { total, contributions } = gaussianVarContributions(model, weights, defaultRiskSpecification);
    return [
      percentageContributions(contributions, total),
      gaussianEsContributions(model, weights, defaultRiskSpecification),
    ];
  }),
  of('contributions to tracking error', trackingErrorContributions),
  of('incremental volatility, VaR, ES and tracking error', (model, weights, benchmark) => [
    incrementalVolatility(model, weights),
    incrementalGaussianVar(model, weights, defaultRiskSpecification),
    incrementalGaussianEs(model, weights, defaultRiskSpecification),
    incrementalTrackingError(model, weights, benchmark),
  ]),
  of('factor and specific contributions', (model, weights) => factorRiskContributions(model, weights, ANNUALISATION)),
  of('x-sigma-rho by instrument', (model, weights) => xSigmaRho(model, weights, ANNUALISATION)),
  of('projection on three portfolios', (model, weights, benchmark) => {
    const factors = [0, 1, 2].map((k) => benchmark.map((value, i) => (i % 3 === k ? value : 0)));
    return factorProjection(model, weights, factors, ANNUALISATION);
  }),
  of('sensitivities to factors, deviations and a correlation', (model, weights) => [
    factorSensitivities(model, weights),
    deviationSensitivities(model, weights),
    correlationSensitivity(model, weights, 0, 1),
  ]),
  {
    name: 'sums up a hierarchy of 5,000 leaves, and by three groupings',
    prepare: () => {
      const values = weightsOf(factorPortfolio(POSITIONS, 1));
      // The root, 50 nodes under it, the leaves under these.
      const parents = Int32Array.from({ length: 51 + POSITIONS }, (_, node) =>
        node === 0 ? -1 : node <= 50 ? 0 : 1 + (node % 50),
      );
      const placed = new Float64Array(51 + POSITIONS);
      placed.set(values, 51);
      const groupings = [11, 40, 2500].map((groups) => Array.from(values, (_, i) => `g${i % groups}`));
      return () => [aggregate(parents, placed), sumByGroup(values, groupings)];
    },
  },
  {
    name: 'Shapley split of five sources, 5,000 leaves',
    prepare: () => {
      const random = new Random(3);
      const values = Array.from({ length: 32 }, () => Float64Array.from({ length: POSITIONS }, () => random.normal()));
      return () => shapleyValues(values, 5, POSITIONS);
    },
  },
  {
    name: 'contributions to Monte Carlo VaR, 20,000 paths × 20, losses given',
    prepare: () => {
      const simulation = {
        seed: 2018,
        paths: 20_000,
        horizonDays: 1,
        weights: new Float64Array(20).fill(0.05),
        generator: { kind: 'normal', matrix: sampleCovariance(factorReturns(20)) } as const,
      };
      const losses = simulatedLosses(simulation);
      return () => monteCarloVarContributions(simulation, 0.95, losses);
    },
  },
  {
    name: 'Menchero linking of 250 days × 11, factor and risk-adjusted attribution',
    prepare: () => {
      const random = new Random(5);
      const normals = (count: number, size: number): Float64Array =>
        Float64Array.from({ length: count }, () => size * random.normal());
      const effects = normals(250 * 11, 1e-4);
      const benchmark = normals(250, 0.01);
      const portfolio = benchmark.map((value, t) =>
        effects.subarray(t * 11, (t + 1) * 11).reduce((total, effect) => total + effect, value),
      );
      const sources = factorReturns(11, 250);
      const [weights, exposures] = [normals(500, 0.01), normals(500 * 10, 1)];
      const [factors, returns] = [normals(10, 0.01), normals(500, 0.01)];
      return () => [
        mencheroLinking(portfolio, benchmark, effects),
        riskAdjustedAttribution(sources),
        factorReturnAttribution(weights, exposures, factors, returns),
      ];
    },
  },
];
