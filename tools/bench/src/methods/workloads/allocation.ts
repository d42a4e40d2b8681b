import { type Covariance, ledoitWolf, riskParity } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

function covarianceOf(assets: number): Covariance {
  return ledoitWolf(benchmarkReturns(assets), 'identity').covariance;
}

export const workloads: readonly Workload[] = [20, 100, 500].flatMap((assets): Workload[] => [
  {
    name: `equal risk contributions, ${assets}`,
    prepare: () => {
      const covariance = covarianceOf(assets);
      return () => riskParity({ covariance });
    },
  },
  {
    name: `equal risk contributions with bounds, ${assets}`,
    prepare: () => {
      const covariance = covarianceOf(assets);
      const bounds = covariance.ids!.map((assetId) => ({ assetId, upper: 1.2 / assets }));
      return () => riskParity({ covariance, constraints: { bounds } });
    },
  },
  ...(assets > 100
    ? []
    : [
        {
          name: `equal risk contributions with bounds and groups, ${assets}`,
          prepare: () => {
            const covariance = covarianceOf(assets);
            const ids = covariance.ids!;
            const width = Math.floor(assets / 4);
            const groups = [0, 1, 2].map((k) => ({
              id: `g${k}`,
              assetIds: ids.slice(k * width, (k + 1) * width),
              upper: 0.2,
            }));
            const bounds = ids.map((assetId) => ({ assetId, upper: 3 / assets }));
            return () => riskParity({ covariance, constraints: { bounds, groups } });
          },
        },
      ]),
]);
