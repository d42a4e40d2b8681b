import { solveInPlace } from '../linear-algebra/linear-system.js';

/** Below this a stationary distribution is rounding, not an answer. */
const SINGULAR = 1e-12;

/**
 * The distribution π with π P = π, from (I − P + 1 1ᵀ)ᵀ πᵀ = 1; null when it is not the only one.
 *
 * Source: Hamilton, Time Series Analysis (1994), section 22.2.
 *
 * @param transition K×K row-major, rows sum to 1
 */
export function stationaryDistribution(transition: Float64Array, states: number): Float64Array | null {
  const system = new Float64Array(states * states);
  for (let i = 0; i < states; i++) {
    for (let j = 0; j < states; j++) system[j * states + i] = (i === j ? 1 : 0) - transition[i * states + j]! + 1;
  }
  const result = new Float64Array(states).fill(1);
  if (!solveInPlace(system, result, states)) return null;
  let total = 0;
  for (const value of result) {
    if (!(value > -SINGULAR)) return null;
    total += Math.max(0, value);
  }
  if (!(Math.abs(total - 1) < 1e-6)) return null;
  return result.map((value) => Math.max(0, value) / total);
}

/** One day on: π P. */
export function step(distribution: Float64Array, transition: Float64Array, states: number): Float64Array {
  const result = new Float64Array(states);
  for (let i = 0; i < states; i++) {
    for (let j = 0; j < states; j++) result[j]! += distribution[i]! * transition[i * states + j]!;
  }
  return result;
}
