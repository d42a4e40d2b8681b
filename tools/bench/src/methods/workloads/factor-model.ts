import { createReturns, relativeFactors, timeSeriesFactorModel } from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { sampleReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

export const workloads: readonly Workload[] = [
  {
    name: 'time-series factor model, 20 × 500 on six factors',
    prepare: () => {
      const returns = sampleReturns(500);
      const market = factorReturns(1, 500, 1).values;
      const others = factorReturns(5, 500, 2);
      const factors = relativeFactors({ id: 'M', values: market }, { ...others, ids: others.ids });
      return () => timeSeriesFactorModel(createReturns(returns.values, 500, 20), factors);
    },
  },
];
