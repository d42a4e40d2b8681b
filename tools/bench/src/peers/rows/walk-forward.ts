import { riskParity, sampleCovariance, walkForward } from '@risk-budget/risk-math';
import { sampleReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

const TRAINING = 260;
const TEST = 20;

/** 1,000 days, of which 740 are tested: 37 refits. */
function equalRisk(): PeerCase {
  const returns = sampleReturns(1000);
  const run = (): Float64Array =>
    walkForward({ returns, trainingDays: TRAINING, testDays: TEST, between: 'rebalance' }, (training) => {
      return riskParity({ covariance: sampleCovariance(training) }).weights;
    }).dailyReturns;
  return {
    name: '20 assets, 37 refits',
    inputs: { returns: { values: returns.values, shape: [returns.observations, returns.assets] } },
    parameters: { training: TRAINING, test: TEST },
    run,
    result: run,
    peers: [{ name: 'skfolio', agreement: { of: 'daily returns', tolerance: 1e-3 }, atMost: 1 / 50 }],
  };
}

export const row: PeerRow = {
  id: 'walk-forward',
  job: 'Walk-forward ERC',
  goal: '≥ 50× faster than skfolio',
  cases: [equalRisk],
};
