import {
  type Covariance,
  type Returns,
  conditionNumber,
  correlationsOf,
  denoisedCovariance,
  detonedCovariance,
  ewmaCovariance,
  gerberCovariance,
  ledoitWolf,
  nearestPositiveSemiDefinite,
  neweyWestCovariance,
  nonlinearShrinkage,
  oracleApproximatingShrinkage,
  pairwiseCovariance,
  poetCovariance,
  regimeAdjustedEwma,
  sampleCovariance,
  semiCovariance,
} from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

const estimators: Readonly<Record<string, (returns: Returns) => unknown>> = {
  'sample covariance': sampleCovariance,
  'EWMA covariance': (returns) => ewmaCovariance(returns, { halfLifeDays: 60 }),
  'EWMA covariance, demeaned': (returns) => ewmaCovariance(returns, { halfLifeDays: 60 }, 'weighted'),
  'Ledoit–Wolf to identity': (returns) => ledoitWolf(returns, 'identity'),
  'Ledoit–Wolf to constant correlation': (returns) => ledoitWolf(returns, 'constantCorrelation'),
  'Ledoit–Wolf to a single factor': (returns) => ledoitWolf(returns, 'singleFactor'),
  'oracle approximating shrinkage': oracleApproximatingShrinkage,
  'nonlinear shrinkage': nonlinearShrinkage,
  denoising: denoisedCovariance,
  'detoning, with its sample covariance': (returns) => detonedCovariance(sampleCovariance(returns)),
  Gerber: (returns) => gerberCovariance(returns),
  'semi-covariance': (returns) => semiCovariance(returns),
  'Newey–West, 5 lags': (returns) => neweyWestCovariance(returns, 5),
  'regime-adjusted EWMA': (returns) => regimeAdjustedEwma(returns, { decay: { halfLifeDays: 60 } }),
  'POET, 5 factors': (returns) => poetCovariance(returns, { factors: 5 }),
  pairwise: (returns) => pairwiseCovariance(returns),
};

/** An estimate with every correlation pushed away from 0 until the matrix is indefinite. */
function indefinite(assets: number): Covariance['values'] {
  const { values, variances } = sampleCovariance(benchmarkReturns(assets, 60));
  return values.map((value, at) => {
    const [i, j] = [Math.floor(at / assets), at % assets];
    const scale = Math.sqrt(variances[i]! * variances[j]!);
    return i === j ? value : scale * Math.max(-1, Math.min(1, (1.5 * value) / scale));
  });
}

export const workloads: readonly Workload[] = [
  ...[20, 100, 500].flatMap((assets) =>
    Object.entries(estimators).map(([name, estimate]): Workload => ({
      name: `${name}, ${assets} × 1,000`,
      prepare: () => {
        const returns = benchmarkReturns(assets);
        return () => estimate(returns);
      },
    })),
  ),
  ...[20, 100, 500].flatMap((assets): Workload[] => [
    {
      name: `condition number, ${assets}`,
      prepare: () => {
        const covariance = sampleCovariance(benchmarkReturns(assets));
        return () => conditionNumber(covariance);
      },
    },
    {
      name: `correlations of a covariance, ${assets}`,
      prepare: () => {
        const { values, size } = sampleCovariance(benchmarkReturns(assets));
        return () => correlationsOf(values, size);
      },
    },
    {
      name: `positive semi-definite check, ${assets}`,
      prepare: () => {
        const { values, size } = sampleCovariance(benchmarkReturns(assets));
        return () => nearestPositiveSemiDefinite(values, size);
      },
    },
  ]),
  ...[20, 100].map((assets): Workload => ({
    name: `nearest positive semi-definite, ${assets}`,
    prepare: () => {
      const values = indefinite(assets);
      return () => nearestPositiveSemiDefinite(values, assets);
    },
  })),
];
