import { createRequire } from 'node:module';
import { riskParity, sampleCovariance } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Peer, PeerCase, PeerRow } from '../contract.js';

interface PortfolioAllocation {
  readonly equalRiskContributionWeights: (
    covariance: number[][],
    options: { readonly eps: number; readonly maxIter: number },
  ) => number[];
}

const weights = (tolerance: number): Peer['agreement'] => ({ of: 'weights', tolerance });

function sized(assets: number): PeerCase {
  const returns = benchmarkReturns(assets);
  const { values, observations } = returns;
  const covariance = sampleCovariance(returns);
  const rows = Array.from({ length: assets }, (_, i) =>
    Array.from(covariance.values.subarray(i * assets, (i + 1) * assets)),
  );
  const library = createRequire(import.meta.url)('portfolio-allocation') as PortfolioAllocation;
  return {
    name: `n = ${assets}`,
    inputs: {
      covariance: { values: covariance.values, shape: [assets, assets] },
      returns: { values, shape: [observations, assets] },
    },
    run: () => riskParity({ covariance }),
    result: () => riskParity({ covariance }).weights,
    beside: [{ name: 'from returns', run: () => riskParity({ covariance: sampleCovariance(returns) }) }],
    peers: [
      { name: 'coordinate descent, numba', agreement: weights(1e-10), atMost: 1.5 },
      { name: 'skfolio', agreement: weights(1e-3), ...(assets > 20 ? { atMost: 1 / 100 } : {}) },
      { name: 'Riskfolio-Lib', agreement: weights(1e-2), ...(assets > 20 ? { atMost: 1 / 100 } : {}) },
      ...(assets > 100
        ? []
        : [
            {
              name: 'portfolio-allocation',
              local: () => () => library.equalRiskContributionWeights(rows, { eps: 1e-12, maxIter: 100_000 }),
              agreement: weights(1e-6),
            },
          ]),
    ],
  };
}

export const row: PeerRow = {
  id: 'equal-risk-contribution',
  job: 'Equal risk contribution',
  goal: 'at most 1.5× compiled coordinate descent; ≥ 100× faster than skfolio and Riskfolio-Lib',
  cases: [20, 100, 500].map((assets) => (): PeerCase => sized(assets)),
};
