import {
  ANNUALISATION,
  brinsonFachler,
  carinoLinking,
  explainChange,
  factorXSigmaRho,
  type ExplainedState,
} from '@risk-budget/risk-math';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

export const workloads: readonly Workload[] = [
  {
    name: 'explained change, 32 states, 5,000 leaves × 50 factors, one node',
    prepare: () => {
      const { leaves, model, nav, specification } = factorPortfolio(5000, 50);
      const random = new Random(3);
      const state = (growth: number): ExplainedState => ({
        nav,
        quantities: Float64Array.from(leaves, ({ value }) => value / 100),
        prices: Float64Array.from(leaves, () => 100 * (1 + growth * random.normal())),
        model,
      });
      const [from, to] = [state(0), state(0.02)];
      const nodes = [{ nodeId: 'portfolio', leaves: leaves.map((_, at) => at), budgetFrom: 0.1, budgetTo: 0.1 }];
      return () => explainChange({ measure: 'volatility', specification, leaves, from, to, nodes });
    },
  },
  {
    name: 'x-sigma-rho by factor, 5,000 × 50 factors',
    prepare: () => {
      const input = factorPortfolio(5000, 50);
      const { matrix } = input.model;
      if (matrix.kind !== 'factorModel') throw new Error('the portfolio has a factor model');
      const weights = weightsOf(input);
      return () => factorXSigmaRho(matrix, weights, ANNUALISATION);
    },
  },
  {
    name: 'Brinson–Fachler, 11 groups, and Cariño linking of 250 days',
    prepare: () => {
      const random = new Random(5);
      const groups = Array.from({ length: 11 }, (_, i) => ({
        id: `g${i}`,
        portfolioWeight: 1 / 11,
        benchmarkWeight: i === 0 ? 1 / 11 + 0.02 : i === 1 ? 1 / 11 - 0.02 : 1 / 11,
        portfolioReturn: 0.01 * random.normal(),
        benchmarkReturn: 0.01 * random.normal(),
      }));
      const day = brinsonFachler(groups);
      const repeat = (value: number): Float64Array => new Float64Array(250).fill(value);
      const effects = Float64Array.from({ length: 250 * 11 }, (_, at) => day.groups[at % 11]!.total);
      return () => {
        brinsonFachler(groups);
        return carinoLinking(repeat(day.portfolioReturn), repeat(day.benchmarkReturn), effects);
      };
    },
  },
];
