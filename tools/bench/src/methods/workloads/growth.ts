import { type ComputePool, createComputePool } from '@risk-budget/compute';
import {
  conditionNumber,
  conditionalShock,
  createScenarios,
  defaultRiskSpecification,
  evaluatePortfolio,
  ewmaCovariance,
  hierarchicalRiskParity,
  historicalEsContributions,
  ledoitWolf,
  minimumVariance,
  nonlinearShrinkage,
  oracleApproximatingShrinkage,
  reverseStress,
  riskParity,
  sampleCovariance,
  statisticalFactorModel,
  timeSeriesFactorModel,
  volatilityContributions,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import type { Workload } from '../workload.js';

/** How time and memory grow with the number of assets. */
const SIZES = [500, 1000, 2000, 5000];
/** Eigenvalues: the cube of the number of assets. */
const CUBIC = [500, 1000, 2000];
const FACTORS = 50;

type Method = readonly [name: string, prepare: Prepare, sizes?: readonly number[]];
type Prepare = (assets: number) => () => unknown;

let pool: ComputePool | undefined;

const covarianceOf = (assets: number): ReturnType<typeof ledoitWolf>['covariance'] =>
  ledoitWolf(factorReturns(assets), 'identity').covariance;
const even = (assets: number): Float64Array => new Float64Array(assets).fill(1 / assets);
/** A call on returns of 1,000 days. */
const onReturns =
  (call: (returns: ReturnType<typeof factorReturns>) => unknown): Prepare =>
  (assets) => {
    const returns = factorReturns(assets);
    return () => call(returns);
  };
/** A call on a covariance. */
const onCovariance =
  (call: (covariance: ReturnType<typeof covarianceOf>) => unknown): Prepare =>
  (assets) => {
    const covariance = covarianceOf(assets);
    return () => call(covariance);
  };

const methods: readonly Method[] = [
  ['sample covariance', onReturns(sampleCovariance)],
  [
    'sample covariance by two workers',
    (assets) => {
      const returns = factorReturns(assets);
      const workers = createComputePool({ threads: 2 });
      pool = workers;
      return () => workers.run('sampleCovariance', [returns], { inline: 'never' });
    },
  ],
  ['EWMA covariance', onReturns((returns) => ewmaCovariance(returns, { halfLifeDays: 60 }))],
  ['Ledoit–Wolf to identity', onReturns((returns) => ledoitWolf(returns, 'identity'))],
  ['Ledoit–Wolf to constant correlation', onReturns((returns) => ledoitWolf(returns, 'constantCorrelation'))],
  ['oracle approximating shrinkage', onReturns(oracleApproximatingShrinkage)],
  ['nonlinear shrinkage', onReturns(nonlinearShrinkage), CUBIC],
  ['condition number', onCovariance(conditionNumber), CUBIC],
  [
    'factor model on ten series',
    (assets) => {
      const returns = factorReturns(assets);
      const factors = factorReturns(10, 1000, 7);
      return () => timeSeriesFactorModel(returns, factors);
    },
  ],
  ['statistical factors, number chosen', onReturns((returns) => statisticalFactorModel(returns))],
  [
    'volatility contributions',
    (assets) => {
      const covariance = covarianceOf(assets);
      const weights = even(assets);
      return () => volatilityContributions(covariance, weights);
    },
  ],
  [
    `volatility contributions, ${FACTORS} factors`,
    (assets) => {
      const input = factorPortfolio(assets, FACTORS);
      const weights = weightsOf(input);
      return () => volatilityContributions(input.model.matrix, weights);
    },
  ],
  [
    'contributions to historical ES, 1,000 days',
    (assets) => {
      const scenarios = createScenarios(factorReturns(assets), defaultRiskSpecification);
      const weights = even(assets);
      return () => historicalEsContributions(scenarios, weights, defaultRiskSpecification);
    },
  ],
  [
    `every node and view of a portfolio, ${FACTORS} factors`,
    (assets) => {
      const input = factorPortfolio(assets, FACTORS);
      return () => evaluatePortfolio(input);
    },
  ],
  ['equal risk contributions', onCovariance((covariance) => riskParity({ covariance }))],
  ['minimum variance, long only', onCovariance((covariance) => minimumVariance({ covariance }))],
  ['hierarchical risk parity', onCovariance((covariance) => hierarchicalRiskParity({ covariance }))],
  [
    `shock of 50 names, the rest expected, ${FACTORS} factors`,
    (assets) => {
      const { model } = factorPortfolio(assets, FACTORS);
      const instrumentIds = model.instrumentIds.slice(0, 50);
      return () => conditionalShock(model, [{ kind: 'instruments', instrumentIds, return: -0.1 }]);
    },
  ],
  [
    `reverse stress, ${FACTORS} factors`,
    (assets) => {
      const input = factorPortfolio(assets, FACTORS);
      const weights = weightsOf(input);
      return () => reverseStress(input.model, weights, 0.05);
    },
  ],
];

export const workloads: readonly Workload[] = methods.flatMap(([method, prepare, sizes = SIZES]) =>
  sizes.map((assets): Workload => ({
    name: `${method}, ${assets} assets`,
    grows: { method, assets },
    prepare: () => prepare(assets),
    close: async () => pool?.close(),
  })),
);
