import {
  type Covariance,
  evaluatePortfolio,
  ewmaCovariance,
  historicalVarContributions,
  incrementalHistorical,
  ledoitWolf,
  nearestPositiveSemiDefinite,
  relativeFactors,
  riskParity,
  sampleCovariance,
  timeSeriesFactorModel,
  volatilityContributions,
} from '@risk-budget/risk-math';
import { covarianceOf, factorPortfolio, marketReturns, portfolioWithHistory } from './workloads.js';

/** Median and best of `rounds` runs after a warm-up of a fifth of a second. */
function measure(name: string, work: () => unknown, rounds = 15): void {
  const warm = performance.now() + 200;
  do work();
  while (performance.now() < warm);
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const milliseconds = (value: number): string => value.toFixed(value < 1 ? 4 : 2).padStart(10);
  console.log(`${name.padEnd(64)}${milliseconds(times[times.length >> 1]!)}${milliseconds(times[0]!)}`);
}

function withGroups(covariance: Covariance): () => unknown {
  const ids = covariance.ids!;
  const width = Math.floor(ids.length / 4);
  const groups = [0, 1, 2].map((k) => ({ id: `g${k}`, assetIds: ids.slice(k * width, (k + 1) * width), upper: 0.2 }));
  const bounds = ids.map((assetId) => ({ assetId, upper: 3 / ids.length }));
  return () => riskParity({ covariance, constraints: { bounds, groups } });
}

console.log(`${'milliseconds'.padEnd(64)}    median      best`);

for (const assets of [20, 100, 500]) {
  const returns = marketReturns(assets, 1000);
  measure(`sample covariance, ${assets} × 1,000 days`, () => sampleCovariance(returns));
  measure(`EWMA covariance, ${assets} × 1,000`, () => ewmaCovariance(returns, { halfLifeDays: 60 }));
  measure(`Ledoit–Wolf to identity, ${assets} × 1,000`, () => ledoitWolf(returns, 'identity'));
  measure(`Ledoit–Wolf to constant correlation, ${assets} × 1,000`, () => ledoitWolf(returns, 'constantCorrelation'));
}
const marketReturns20 = marketReturns(20, 500);
const factors = relativeFactors({ id: 'M', values: marketReturns(1, 500, 1).values }, marketReturns(5, 500, 2));
measure('time-series factor model, 20 × 500 on six factors', () => timeSeriesFactorModel(marketReturns20, factors));
const covariance20 = covarianceOf(20);
measure('positive semi-definite check, 20', () => nearestPositiveSemiDefinite(covariance20.values, 20));

for (const assets of [20, 100, 500]) {
  const covariance = covarianceOf(assets);
  measure(`equal risk contributions, ${assets}`, () => riskParity({ covariance }));
  const ids = covariance.ids!;
  const bounds = ids.map((assetId) => ({ assetId, upper: 1.2 / ids.length }));
  measure(`equal risk contributions with bounds, ${assets}`, () => riskParity({ covariance, constraints: { bounds } }));
  if (assets <= 100) measure(`equal risk contributions with bounds and groups, ${assets}`, withGroups(covariance), 5);
}

const small = portfolioWithHistory(21, 21);
const withoutHistory = { ...small, scenarios: undefined };
measure('portfolio of 21 positions, every measure, 500 scenarios', () => evaluatePortfolio(small));
measure('portfolio of 21 positions, without history', () => evaluatePortfolio(withoutHistory));
const large = factorPortfolio(5000, 50);
measure('portfolio of 5,000 positions × 50 factors, all nodes and views', () => evaluatePortfolio(large));
const weights5000 = Float64Array.from(large.leaves, ({ value }) => value / large.nav);
measure('volatility contributions, 5,000 × 50 factors', () => volatilityContributions(large.model.matrix, weights5000));
const weights21 = Float64Array.from(small.leaves, ({ value }) => value / small.nav);
const scenarios = small.scenarios!;
measure('historical VaR contributions, 21 × 500', () =>
  historicalVarContributions(scenarios, weights21, small.specification),
);
measure('incremental historical VaR and ES, 21 × 500', () =>
  incrementalHistorical(scenarios, weights21, small.specification),
);
