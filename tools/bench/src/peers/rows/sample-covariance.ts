import { sampleCovariance } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

function sized(assets: number, atMost: number | undefined): PeerCase {
  const returns = benchmarkReturns(assets);
  const { values, observations } = returns;
  return {
    name: `n = ${assets}`,
    inputs: { returns: { values, shape: [observations, assets] } },
    run: () => sampleCovariance(returns),
    result: () => sampleCovariance(returns).values,
    peers: [
      { name: 'NumPy cov', agreement: { of: 'matrix', tolerance: 1e-12 }, ...(atMost === undefined ? {} : { atMost }) },
    ],
  };
}

export const row: PeerRow = {
  id: 'sample-covariance',
  job: 'Sample covariance, 1,000 days',
  goal: 'n = 500 within 2× of NumPy with OpenBLAS on one core',
  cases: [20, 100, 500].map((assets) => (): PeerCase => sized(assets, assets === 500 ? 2 : undefined)),
};
