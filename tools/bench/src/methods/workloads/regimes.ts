import {
  breachProbability,
  covarianceLoss,
  simulateBreaches,
  type BreachSimulation,
  type PathFigure,
  createReturns,
  dccForecast,
  filterDcc,
  filterRegimes,
  fitCompositeDcc,
  fitDcc,
  fitRegimes,
  fitVectorAutoregression,
  forecastVectorAutoregression,
  pastLossWeights,
  regimeForecast,
  varianceChangePoints,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { portfolioReturns } from '../../data/portfolio-returns.js';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

const DAYS = 1000;

function regimes(states: 2 | 3, start: 'stationary' | 'free'): Workload {
  return {
    name: `${start === 'free' ? 'hidden Markov' : 'Markov switching'} fit, ${states} states, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      return () => fitRegimes(returns, { states, start });
    },
  };
}

function dcc(assets: number, fit: typeof fitDcc, by: string): Workload {
  return {
    name: `DCC fit${by}, ${assets} × ${DAYS}`,
    prepare: () => {
      const residuals = factorReturns(assets, DAYS);
      return () => dccForecast(fit(createReturns(residuals.values, DAYS, assets)), 10);
    },
  };
}

export const workloads: readonly Workload[] = [
  regimes(2, 'free'),
  regimes(2, 'stationary'),
  regimes(3, 'stationary'),
  {
    name: 'regime forecast, 20 days',
    prepare: () => {
      const fit = fitRegimes(portfolioReturns(DAYS), { states: 2 });
      return () => regimeForecast(fit, 20);
    },
  },
  dcc(3, fitDcc, ''),
  dcc(20, fitDcc, ''),
  dcc(20, fitCompositeDcc, ' by pairs'),
  {
    name: `changes of variance, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      return () => varianceChangePoints(returns);
    },
  },
  {
    name: `vector autoregression of order 2 and its forecast, 6 × ${DAYS}`,
    prepare: () => {
      const series = factorReturns(6, DAYS);
      return () => forecastVectorAutoregression(fitVectorAutoregression(series, 2), 20);
    },
  },
  {
    name: `weights of 10 forecasts by past loss, ${DAYS} days`,
    prepare: () => {
      const random = new Random(6);
      const losses = Array.from({ length: 10 }, () => Float64Array.from({ length: DAYS }, () => random.uniform()));
      return () => pastLossWeights(losses, { kind: 'inverse', discount: 0.99 });
    },
  },
  {
    name: `regimes, correlations of 20 and their scores at given parameters, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      const { parameters } = fitRegimes(returns, { states: 2 });
      const residuals = factorReturns(20, DAYS);
      return () => {
        filterRegimes(returns, parameters);
        const { next } = filterDcc(residuals, { a: 0.02, b: 0.95 });
        return covarianceLoss(next, residuals);
      };
    },
  },
  {
    name: 'breach probability, 10,000 paths × 20 days',
    prepare: () => {
      const random = new Random(7);
      const figures = Float64Array.from({ length: 200_000 }, () => random.normal());
      return () => breachProbability(figures, 20, 3);
    },
  },
  {
    name: 'Breaches of ten limits on 500 paths of 20 days, 20 positions',
    prepare: () => {
      const random = new Random(9);
      const [days, width] = [1000, 20];
      const scaled = Float64Array.from({ length: days * width }, () => 0.01 * random.normal());
      const series = scaled.slice(0, days);
      const members = Array.from({ length: width }, (_, i) => i);
      const figures: PathFigure[] = [
        { kind: 'exposure', of: 'gross' },
        { kind: 'concentration', of: 'topFive' },
        { kind: 'risk', of: 'contribution' },
        { kind: 'risk', of: 'active' },
        { kind: 'historical', of: 'es', scale: 1 },
      ];
      const draws = Int32Array.from({ length: 10_000 }, () => Math.floor(random.uniform() * days));
      const input: BreachSimulation = {
        ...{ values: new Float64Array(width).fill(5), cash: 0, past: scaled, scaled, draws, horizonDays: 20 },
        memory: { kind: 'window', days: 500 },
        benchmark: { past: series, scaled: series, taken: new Float64Array(width) },
        tail: { windowDays: 500, confidence: 0.95, quantileRule: 'type7' },
        limits: [...figures, ...figures].map((figure) => ({
          ...{ figure, side: 'above', value: 1, bound: 1.05, members, isPortfolio: true },
        })),
      };
      return () => simulateBreaches(input);
    },
  },
];
