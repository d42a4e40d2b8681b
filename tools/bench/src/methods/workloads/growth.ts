import { type ComputePool, createComputePool } from '@risk-budget/compute';
import {
  type Returns,
  conditionNumber,
  ledoitWolf,
  sampleCovariance,
  statisticalFactorModel,
  volatilityContributions,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import type { Workload } from '../workload.js';

/** How time and memory grow with the number of assets, to 5,000. */
const sizes = [250, 500, 1000, 2000, 5000];

const estimators: Readonly<Record<string, (returns: Returns) => unknown>> = {
  'sample covariance': sampleCovariance,
  'Ledoit–Wolf to constant correlation': (returns) => ledoitWolf(returns, 'constantCorrelation'),
  'statistical factors, number chosen': (returns) => statisticalFactorModel(returns),
};

let pool: ComputePool | undefined;

export const workloads: readonly Workload[] = [
  ...Object.entries(estimators).flatMap(([name, estimate]) =>
    sizes.map((assets): Workload => ({
      name: `${name}, ${assets} × 1,000`,
      prepare: () => {
        const returns = factorReturns(assets);
        return () => estimate(returns);
      },
    })),
  ),
  ...sizes.map((assets): Workload => ({
    name: `sample covariance by two workers, ${assets} × 1,000`,
    prepare: () => {
      const returns = factorReturns(assets);
      const workers = createComputePool({ threads: 2 });
      pool = workers;
      return () => workers.run('sampleCovariance', [returns], { inline: 'never' });
    },
    close: async () => pool?.close(),
  })),
  ...sizes
    .filter((assets) => assets <= 2000)
    .map((assets): Workload => ({
      name: `condition number (eigenvalues), ${assets}`,
      prepare: () => {
        const covariance = ledoitWolf(factorReturns(assets), 'identity').covariance;
        return () => conditionNumber(covariance);
      },
    })),
  ...sizes.map((assets): Workload => ({
    name: `risk decomposition in factor form, ${assets} × 50`,
    prepare: () => {
      const input = factorPortfolio(assets, 50);
      const weights = weightsOf(input);
      return () => volatilityContributions(input.model.matrix, weights);
    },
  })),
];
