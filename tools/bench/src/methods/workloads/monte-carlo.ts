import { type ReturnGenerator, monteCarloRisk, peaksOverThreshold, sampleCovariance } from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import type { Workload } from '../workload.js';

function workload(name: string, paths: number, horizonDays: number, generator: () => ReturnGenerator): Workload {
  return {
    name,
    prepare: () => {
      const simulation = {
        seed: 2018,
        paths,
        horizonDays,
        weights: new Float64Array(20).fill(0.05),
        generator: generator(),
      };
      return () => monteCarloRisk(simulation, 0.95);
    },
  };
}

export const workloads: readonly Workload[] = [
  workload('normal, 100,000 paths × 20, VaR, ES, contributions, one thread', 100_000, 1, () => ({
    kind: 'normal',
    matrix: sampleCovariance(factorReturns(20)),
  })),
  workload('Student t, 100,000 paths × 20, one thread', 100_000, 1, () => ({
    kind: 'studentT',
    matrix: sampleCovariance(factorReturns(20)),
    degreesOfFreedom: 5,
  })),
  workload('filtered historical, 20,000 paths × 20 over 10 days', 20_000, 10, () => ({
    kind: 'filteredHistorical',
    returns: factorReturns(20),
    filter: { kind: 'ewma', lambda: 0.94 },
  })),
  workload('stationary bootstrap, 20,000 paths × 20 over 10 days', 20_000, 10, () => ({
    kind: 'stationaryBootstrap',
    returns: factorReturns(20),
    meanBlockDays: 10,
  })),
  {
    name: 'peaks over threshold, 1,000 losses',
    prepare: () => {
      const losses = Float64Array.from(factorReturns(1).values, (value) => -value);
      return () => peaksOverThreshold(losses, 0.99);
    },
  },
];
