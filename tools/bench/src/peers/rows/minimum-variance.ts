import { minimumVariance, sampleCovariance } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

function sized(assets: number): PeerCase {
  const returns = benchmarkReturns(assets);
  const covariance = sampleCovariance(returns);
  const goal = assets > 20 ? { atMost: 0.1 } : {};
  return {
    name: `n = ${assets}`,
    inputs: {
      covariance: { values: covariance.values, shape: [assets, assets] },
      returns: { values: returns.values, shape: [returns.observations, assets] },
    },
    run: () => minimumVariance({ covariance }),
    result: () => minimumVariance({ covariance }).weights,
    beside: [{ name: 'from returns', run: () => minimumVariance({ covariance: sampleCovariance(returns) }) }],
    peers: [
      { name: 'PyPortfolioOpt', agreement: { of: 'weights', tolerance: 1e-6 }, ...goal },
      { name: 'skfolio', agreement: { of: 'weights', tolerance: 1e-2 }, ...goal },
    ],
  };
}

export const row: PeerRow = {
  id: 'minimum-variance',
  job: 'Minimum variance, long only',
  goal: '≥ 10× faster than PyPortfolioOpt and skfolio',
  cases: [20, 100, 500].map((assets) => (): PeerCase => sized(assets)),
};
