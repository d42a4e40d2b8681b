import { createComputePool, monteCarlo } from '@risk-budget/compute';
import { type Simulation, sampleCovariance } from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { PeerCase, PeerRow } from '../contract.js';

const PATHS = 100_000;
const ASSETS = 20;
const CONFIDENCE = 0.95;

/** Both sides draw numbers of their own: their figures agree within the error that 100,000 paths leave. */
function normal(): PeerCase {
  const matrix = sampleCovariance(benchmarkReturns(ASSETS));
  const weights = new Float64Array(ASSETS).fill(1 / ASSETS);
  const simulation: Simulation = {
    seed: 2018,
    paths: PATHS,
    horizonDays: 1,
    weights,
    generator: { kind: 'normal', matrix },
  };
  const pool = createComputePool({ threads: 2 });
  return {
    name: '100,000 × 20',
    inputs: {
      covariance: { values: matrix.values, shape: [ASSETS, ASSETS] },
      weights: { values: weights, shape: [ASSETS] },
    },
    parameters: { paths: PATHS, confidence: CONFIDENCE },
    run: () => monteCarlo(pool, simulation, CONFIDENCE, { inline: 'never' }),
    result: async () => {
      const risk = await monteCarlo(pool, simulation, CONFIDENCE, { inline: 'never' });
      return [risk.var, risk.es, ...risk.esContributions];
    },
    peers: [{ name: 'NumPy', agreement: { of: 'VaR, ES and contributions', tolerance: 0.02 }, atMost: 2 }],
    close: () => pool.close(),
  };
}

export const row: PeerRow = {
  id: 'monte-carlo',
  job: 'Monte Carlo VaR, ES and contributions',
  goal: 'within 2× of NumPy on both cores',
  threads: 2,
  cases: [normal],
};
