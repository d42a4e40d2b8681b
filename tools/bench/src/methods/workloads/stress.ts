import {
  conditionalShock,
  replayEpisode,
  reverseStress,
  sampleCovariance,
  stressRiskModel,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import type { Workload } from '../workload.js';

export const workloads: readonly Workload[] = [
  {
    name: 'shock of 50 of 5,000 names, the rest expected, 50 factors',
    prepare: () => {
      const { model } = factorPortfolio(5000, 50);
      const instrumentIds = model.instrumentIds.slice(0, 50);
      return () => conditionalShock(model, [{ kind: 'instruments', instrumentIds, return: -0.1 }]);
    },
  },
  {
    name: 'reverse stress, 5,000 × 50 factors',
    prepare: () => {
      const input = factorPortfolio(5000, 50);
      const weights = weightsOf(input);
      return () => reverseStress(input.model, weights, 0.05);
    },
  },
  {
    name: 'reverse stress with every name bounded, 100 names',
    prepare: () => {
      const returns = factorReturns(100);
      const model = { instrumentIds: returns.ids, matrix: sampleCovariance(returns) };
      const weights = new Float64Array(100).fill(0.01);
      const of = { kind: 'instruments', instrumentIds: returns.ids } as const;
      return () => reverseStress(model, weights, 0.05, [{ id: 'range', of, lower: -0.06, upper: 0.06 }]);
    },
  },
  {
    name: 'replay of 250 days, 500 names',
    prepare: () => {
      const returns = factorReturns(500, 250);
      const weights = new Float64Array(500).fill(0.002);
      return () => replayEpisode(returns, weights);
    },
  },
  {
    name: 'correlations half way to one, volatilities doubled, 500 names',
    prepare: () => {
      const covariance = sampleCovariance(factorReturns(500));
      const correlation = { kind: 'towards', target: 'one', strength: 0.5 } as const;
      return () => stressRiskModel(covariance, { correlation, volatilityMultiplier: 2 });
    },
  },
];
