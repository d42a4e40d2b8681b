import { minimumExpectedShortfall } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

const CONFIDENCE = 0.95;

function sample(): PeerCase {
  const returns = benchmarkReturns(20);
  const solve = (): { weights: Float64Array } => minimumExpectedShortfall({ returns, confidence: CONFIDENCE });
  return {
    name: '20 × 1,000',
    inputs: { returns: { values: returns.values, shape: [returns.observations, 20] } },
    parameters: { confidence: CONFIDENCE },
    run: solve,
    result: () => solve().weights,
    peers: [
      { name: 'HiGHS dual simplex', agreement: { of: 'weights', tolerance: 1e-6 }, atMost: 1 },
      { name: 'PyPortfolioOpt', agreement: { of: 'weights', tolerance: 2e-2 }, atMost: 1 },
      { name: 'skfolio', agreement: { of: 'weights', tolerance: 2e-2 }, atMost: 1 },
    ],
  };
}

export const row: PeerRow = {
  id: 'minimum-shortfall',
  job: 'Min CVaR 95 %',
  goal: 'ahead of all',
  cases: [sample],
};
