import {
  crossSectionalFactorModel,
  relativeFactors,
  statisticalFactorModel,
  timeSeriesFactorModel,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { Random } from '../../data/random.js';
import { benchmarkReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

const sizes = [20, 100, 500];

export const workloads: readonly Workload[] = [
  ...sizes.map((assets): Workload => ({
    name: `time-series factor model, ${assets} × 1,000 on six factors`,
    prepare: () => {
      const returns = benchmarkReturns(assets);
      const factors = relativeFactors({ id: 'M', values: factorReturns(1, 1000, 1).values }, factorReturns(5, 1000, 2));
      return () => timeSeriesFactorModel(returns, factors);
    },
  })),
  ...sizes.map((assets): Workload => ({
    name: `cross-sectional factor model, ${assets} × 1,000 on ten factors`,
    prepare: () => {
      const returns = benchmarkReturns(assets);
      const random = new Random(3);
      const values = Float64Array.from({ length: assets * 10 }, () => random.normal());
      return () => crossSectionalFactorModel(returns, { values, factors: 10 });
    },
  })),
  ...sizes.map((assets): Workload => ({
    name: `statistical factors, number chosen, ${assets} × 1,000`,
    prepare: () => {
      const returns = benchmarkReturns(assets);
      return () => statisticalFactorModel(returns);
    },
  })),
];
