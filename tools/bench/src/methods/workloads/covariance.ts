import {
  conditionNumber,
  ewmaCovariance,
  ledoitWolf,
  nearestPositiveSemiDefinite,
  sampleCovariance,
} from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

const sizes = [20, 100, 500];

export const workloads: readonly Workload[] = [
  ...sizes.flatMap((assets): Workload[] => {
    const size = `${assets} × 1,000`;
    return [
      {
        name: `sample covariance, ${size}`,
        prepare: () => {
          const returns = benchmarkReturns(assets);
          return () => sampleCovariance(returns);
        },
      },
      {
        name: `EWMA covariance, ${size}`,
        prepare: () => {
          const returns = benchmarkReturns(assets);
          return () => ewmaCovariance(returns, { halfLifeDays: 60 });
        },
      },
      {
        name: `Ledoit–Wolf to identity, ${size}`,
        prepare: () => {
          const returns = benchmarkReturns(assets);
          return () => ledoitWolf(returns, 'identity');
        },
      },
      {
        name: `Ledoit–Wolf to constant correlation, ${size}`,
        prepare: () => {
          const returns = benchmarkReturns(assets);
          return () => ledoitWolf(returns, 'constantCorrelation');
        },
      },
    ];
  }),
  {
    name: 'positive semi-definite check, 20',
    prepare: () => {
      const covariance = ledoitWolf(benchmarkReturns(20), 'identity').covariance;
      return () => nearestPositiveSemiDefinite(covariance.values, covariance.size);
    },
  },
  {
    name: 'condition number, 100',
    prepare: () => {
      const covariance = sampleCovariance(benchmarkReturns(100));
      return () => conditionNumber(covariance);
    },
  },
];
