import { hierarchicalRiskParity, sampleCovariance } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

function sized(assets: number): PeerCase {
  const returns = benchmarkReturns(assets);
  const covariance = sampleCovariance(returns);
  const ids = covariance.ids ?? [];
  /** skfolio's leaf order is SciPy's, which is not always the optimum: compared are the weights on that order. */
  const difference = (_: ArrayLike<number>, theirs: ArrayLike<number>): number => {
    const order = Array.from({ length: assets }, (__, k) => ids[theirs[assets + k]!]!);
    const { weights } = hierarchicalRiskParity({ covariance, leafOrder: order });
    return weights.reduce((worst, weight, i) => Math.max(worst, Math.abs(weight - theirs[i]!) * assets), 0);
  };
  return {
    name: `n = ${assets}`,
    inputs: { returns: { values: returns.values, shape: [returns.observations, assets] } },
    run: () => hierarchicalRiskParity({ covariance, optimalLeafOrder: true }),
    result: () => hierarchicalRiskParity({ covariance, optimalLeafOrder: true }).weights,
    beside: [
      {
        name: 'from returns',
        run: () => hierarchicalRiskParity({ covariance: sampleCovariance(returns), optimalLeafOrder: true }),
      },
    ],
    peers: [
      {
        name: 'skfolio',
        agreement: { of: 'weights on SciPy’s leaf order', difference, tolerance: 1e-9 },
        ...(assets > 20 ? { atMost: 1 / 20 } : {}),
      },
    ],
  };
}

export const row: PeerRow = {
  id: 'hierarchical-risk-parity',
  job: 'HRP, single linkage, optimal leaf order',
  goal: '≥ 20× faster than skfolio',
  cases: [20, 100, 500].map((assets) => (): PeerCase => sized(assets)),
};
