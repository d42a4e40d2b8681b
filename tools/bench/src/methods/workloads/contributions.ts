import { historicalVarContributions, incrementalHistorical, volatilityContributions } from '@risk-budget/risk-math';
import { factorPortfolio, portfolioWithHistory, weightsOf } from '../../data/portfolios.js';
import type { Workload } from '../workload.js';

export const workloads: readonly Workload[] = [
  {
    name: 'volatility contributions, 5,000 × 50 factors',
    prepare: () => {
      const input = factorPortfolio(5000, 50);
      const weights = weightsOf(input);
      return () => volatilityContributions(input.model.matrix, weights);
    },
  },
  {
    name: 'historical VaR contributions, 21 × 500',
    prepare: () => {
      const input = portfolioWithHistory(21, 21);
      const weights = weightsOf(input);
      return () => historicalVarContributions(input.scenarios!, weights, input.specification);
    },
  },
  {
    name: 'incremental historical VaR and ES, 21 × 500',
    prepare: () => {
      const input = portfolioWithHistory(21, 21);
      const weights = weightsOf(input);
      return () => incrementalHistorical(input.scenarios!, weights, input.specification);
    },
  },
];
