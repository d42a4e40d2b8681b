import type { ModelMemory } from './path-limits.js';

/** Two series whose mean product is followed. */
export interface FollowedPair {
  readonly first: number;
  readonly second: number;
}

/** Mean products of series as the policy's model has them at the start of every path, and what it forgets on the way. */
export class ModelMeans {
  /** Of each pair at the start. */
  readonly start: Float64Array;
  /** Days of the model's window that are known. */
  private readonly window: number;
  /** Of each pair and day ahead, the product that leaves. */
  private readonly leaving: readonly Float64Array[];

  /** @param series past returns, oldest first */
  constructor(
    series: readonly Float64Array[],
    pairs: readonly FollowedPair[],
    private readonly memory: ModelMemory,
    horizonDays: number,
  ) {
    const days = series[0]?.length ?? 0;
    this.window = memory.kind === 'window' ? Math.min(memory.days, days) : days;
    const recent = series.map((one) => one.subarray(days - this.window));
    this.start = Float64Array.from(pairs, ({ first, second }) => meanProduct(recent[first]!, recent[second]!, memory));
    this.leaving = pairs.map(({ first, second }) => leavingOf(recent[first]!, recent[second]!, memory, horizonDays));
  }

  /** The mean of a pair a day on. */
  updated(pair: number, mean: number, entering: number, day: number): number {
    const { memory } = this;
    if (memory.kind === 'decay') return memory.lambda * mean + (1 - memory.lambda) * entering;
    return mean + (entering - this.leaving[pair]![day]!) / this.window;
  }
}

/** Products of the oldest days, which leave a window one by one; nothing leaves a memory that fades, nor a window that has been left. */
function leavingOf(first: Float64Array, second: Float64Array, memory: ModelMemory, horizonDays: number): Float64Array {
  if (memory.kind === 'decay') return new Float64Array(horizonDays);
  return Float64Array.from({ length: horizonDays }, (_, day) => (first[day] ?? 0) * (second[day] ?? 0));
}

function meanProduct(first: Float64Array, second: Float64Array, memory: ModelMemory): number {
  let [total, weights, weight] = [0, 0, 1];
  for (let t = first.length - 1; t >= 0; t--) {
    total += weight * first[t]! * second[t]!;
    weights += weight;
    if (memory.kind === 'decay') weight *= memory.lambda;
  }
  return total / weights;
}
