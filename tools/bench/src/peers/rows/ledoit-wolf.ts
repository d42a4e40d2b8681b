import { type ShrinkageTarget, ledoitWolf } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Peer, PeerCase, PeerRow } from '../contract.js';

function sized(assets: number, target: ShrinkageTarget, peer: Peer): PeerCase {
  const returns = benchmarkReturns(assets);
  const { values, observations } = returns;
  return {
    name: `n = ${assets}, ${target === 'identity' ? 'identity' : 'constant correlation'}`,
    inputs: { returns: { values, shape: [observations, assets] } },
    run: () => ledoitWolf(returns, target),
    result: () => ledoitWolf(returns, target).covariance.values,
    peers: [peer],
  };
}

const matrix = { of: 'matrix', tolerance: 1e-10 };

export const row: PeerRow = {
  id: 'ledoit-wolf',
  job: 'Ledoit–Wolf, 1,000 days',
  goal: '≥ 3× faster than scikit-learn and PyPortfolioOpt at n = 500',
  cases: [100, 500].flatMap((assets) => [
    () =>
      sized(assets, 'identity', {
        name: 'scikit-learn',
        agreement: matrix,
        ...(assets < 500 ? {} : { atMost: 1 / 3 }),
      }),
    () =>
      sized(assets, 'constantCorrelation', {
        name: 'PyPortfolioOpt',
        agreement: matrix,
        ...(assets < 500 ? {} : { atMost: 1 / 3 }),
      }),
  ]),
};
