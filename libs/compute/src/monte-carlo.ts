import { type MonteCarloRisk, type QuantileRule, type Simulation, pathRanges } from '@risk-budget/risk-math';
import type { ComputePool, MapOptions } from './compute-pool.js';

/** Returns (paths × assets) of one piece: enough to outweigh its message, few enough for cancellation and progress to be felt. */
const RETURNS_OF_PIECE = 500_000;

/** Paths of a piece at least, which takes the root of its covariance once more. */
const LEAST_PATHS_OF_PIECE = 5_000;

/**
 * A Monte Carlo simulation on all workers of a pool: ranges of paths are made where there is room, then the tail is taken
 * from all losses. The same bits as `monteCarloRisk` for any number of workers. Progress counts pieces of paths.
 *
 * @throws RiskMathError as `monteCarloRisk`; ComputeError as `ComputePool.run`
 */
export async function monteCarlo(
  pool: ComputePool,
  simulation: Simulation,
  confidence: number,
  options: MapOptions & { readonly rule?: QuantileRule | undefined } = {},
): Promise<MonteCarloRisk> {
  const pathsOfPiece = Math.max(LEAST_PATHS_OF_PIECE, RETURNS_OF_PIECE / simulation.weights.length);
  const pieces = Math.max(pool.state.threads, Math.ceil(simulation.paths / pathsOfPiece));
  const ranges = pathRanges(simulation.paths, pieces);
  const parts = await pool.map(
    'simulatedLosses',
    ranges.map((range) => [simulation, range]),
    options,
  );
  const losses = new Float64Array(simulation.paths);
  parts.forEach((part, at) => losses.set(part, ranges[at]!.from));
  const { signal, inline } = options;
  return pool.run('monteCarloRisk', [simulation, confidence, losses, options.rule ?? 'type7'], {
    signal,
    inline: inline ?? 'auto',
  });
}
