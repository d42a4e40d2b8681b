import {
  historicalVarContributions,
  incrementalHistorical,
  incrementalHistoricalOfPart,
  incrementalOfPart,
  scenarioLosses,
  volatilityContributions,
} from '@risk-budget/risk-math';
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
  {
    name: 'incremental volatility, historical VaR and ES of a part of five positions, 21 × 500',
    prepare: () => {
      const input = portfolioWithHistory(21, 21);
      const weights = weightsOf(input);
      const rows = [0, 1, 2, 3, 4];
      const part = { rows, weights: rows.map((row) => weights[row]!) };
      const losses = scenarioLosses(input.scenarios!, weights);
      const whole = volatilityContributions(input.model.matrix, weights);
      return () => [
        incrementalOfPart(whole, part, whole.total / 4),
        incrementalHistoricalOfPart(input.scenarios!, losses, part, input.specification),
      ];
    },
  },
];
