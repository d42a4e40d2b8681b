import { RiskMathError, type Simulation, createCovariance, monteCarloRisk } from '@risk-budget/risk-math';
import { createComputePool } from './compute-pool.js';
import { monteCarlo } from './monte-carlo.js';

const simulation: Simulation = {
  seed: 2018,
  paths: 400_000,
  horizonDays: 1,
  weights: new Float64Array([0.6, -0.3, 0.5]),
  generator: {
    kind: 'studentT',
    degreesOfFreedom: 5,
    matrix: createCovariance(new Float64Array([4e-4, 1e-4, 0, 1e-4, 2e-4, 5e-5, 0, 5e-5, 1e-4]), 3),
  },
};

describe('Monte Carlo on a pool', () => {
  it('gives the same bits on one worker, on two and on none, and tells how far it is', async () => {
    const here = monteCarloRisk(simulation, 0.99);
    for (const threads of [1, 2]) {
      const pool = createComputePool({ threads });
      const progress: number[] = [];
      const there = await monteCarlo(pool, simulation, 0.99, {
        inline: 'never',
        onProgress: (done) => progress.push(done),
      });
      await pool.close();
      expect(there).toEqual(here);
      expect(progress).toEqual([1, 2, 3]);
    }
  });

  it('hands over the refusal of a simulation that cannot be', async () => {
    const pool = createComputePool({ threads: 1 });
    const refused = monteCarlo(pool, { ...simulation, weights: new Float64Array(2) }, 0.99, { inline: 'never' });
    await expect(refused).rejects.toBeInstanceOf(RiskMathError);
    await pool.close();
  });
});
