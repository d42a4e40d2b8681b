import {
  type GarchSpecification,
  ewmaForecast,
  filterGarch,
  filterVolatility,
  fitGarch,
  fitHar,
  fitStudentT,
  garchForecast,
  harForecast,
  overlappingReturns,
  proxyReturns,
  rangeVariances,
  simpleReturns,
  yangZhangVariances,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { portfolioReturns } from '../../data/portfolio-returns.js';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

const DAYS = 1000;

function fit(name: string, specification: GarchSpecification): Workload {
  return {
    name: `${name} fit, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      return () => fitGarch(returns, specification);
    },
  };
}

export const workloads: readonly Workload[] = [
  fit('GARCH(1,1)', { model: 'garch', innovations: 'normal' }),
  fit('GARCH(1,1) with a mean', { model: 'garch', innovations: 'normal', mean: 'constant' }),
  fit('GJR-GARCH, Student t', { model: 'gjr', innovations: 'studentT' }),
  fit('GJR-GARCH, skewed t', { model: 'gjr', innovations: 'skewedT' }),
  {
    name: `Student t fit, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      return () => fitStudentT(returns);
    },
  },
  fit('EGARCH', { model: 'egarch', innovations: 'normal' }),
  {
    name: `GJR-GARCH, Student t, from yesterday’s parameters, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS + 1);
      const specification = { model: 'gjr', innovations: 'studentT' } as const;
      const warmStart = fitGarch(returns.slice(0, DAYS), specification).parameters;
      const today = returns.slice(1);
      return () => fitGarch(today, specification, { warmStart });
    },
  },
  {
    name: `GJR-GARCH, Student t, at given parameters, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      const specification = { model: 'gjr', innovations: 'studentT' } as const;
      const { parameters } = fitGarch(returns, specification);
      return () => filterGarch(returns, specification, parameters);
    },
  },
  {
    name: 'GJR-GARCH forecast, 20 days',
    prepare: () => {
      const fitted = fitGarch(portfolioReturns(DAYS), { model: 'gjr', innovations: 'normal' });
      return () => garchForecast(fitted, 20);
    },
  },
  {
    name: `EWMA forecast, ${DAYS} days`,
    prepare: () => {
      const returns = portfolioReturns(DAYS);
      return () => ewmaForecast(returns, { lambda: 0.94 }, 20);
    },
  },
  {
    name: `Garman–Klass and Yang–Zhang variances, ${DAYS} bars`,
    prepare: () => {
      const bars = randomBars(DAYS);
      return () => [rangeVariances(bars, 'garmanKlass'), yangZhangVariances(bars, 20)];
    },
  },
  {
    name: `HAR, ${DAYS} days, 5 days ahead`,
    prepare: () => {
      const measures = rangeVariances(randomBars(DAYS), 'parkinson');
      return () => harForecast(fitHar(measures, 5), measures);
    },
  },
  {
    name: `EWMA variances of 20 series and their residuals, ${DAYS} days`,
    prepare: () => {
      const returns = factorReturns(20, DAYS);
      return () => filterVolatility(returns, { kind: 'ewma', lambda: 0.94 });
    },
  },
  {
    name: `returns from prices, over ten days, and a proxy of their sector, 100 × ${DAYS}`,
    prepare: () => {
      const { values } = factorReturns(100, DAYS);
      const prices = values.map((value, at) => 100 * Math.exp(value + at / values.length));
      return () => {
        const returns = simpleReturns(prices, DAYS, 100);
        return [overlappingReturns(returns, 10), proxyReturns(returns)];
      };
    },
  },
];

function randomBars(days: number): Record<'open' | 'high' | 'low' | 'close', Float64Array> {
  const random = new Random(78);
  const bars = {
    open: new Float64Array(days),
    high: new Float64Array(days),
    low: new Float64Array(days),
    close: new Float64Array(days),
  };
  let price = 100;
  for (let t = 0; t < days; t++) {
    const path = Array.from({ length: 20 }, () => (price *= Math.exp(0.002 * random.normal())));
    bars.open[t] = path[0]!;
    bars.high[t] = Math.max(...path);
    bars.low[t] = Math.min(...path);
    bars.close[t] = price;
  }
  return bars;
}
