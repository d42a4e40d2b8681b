import { evaluatePortfolio } from '@risk-budget/risk-math';
import { factorPortfolio, portfolioWithHistory } from '../../data/portfolios.js';
import type { Workload } from '../workload.js';

export const workloads: readonly Workload[] = [
  {
    name: 'portfolio of 21 positions, every measure, 500 scenarios',
    prepare: () => {
      const input = portfolioWithHistory(21, 21);
      return () => evaluatePortfolio(input);
    },
  },
  {
    name: 'portfolio of 21 positions, without history',
    prepare: () => {
      const input = { ...portfolioWithHistory(21, 21), scenarios: undefined };
      return () => evaluatePortfolio(input);
    },
  },
  {
    name: 'portfolio of 5,000 positions × 50 factors, all nodes and views',
    prepare: () => {
      const input = factorPortfolio(5000, 50);
      return () => evaluatePortfolio(input);
    },
  },
];
