/** How the policy's risk model forgets: the oldest day of its window, or by a factor. */
export type ModelMemory =
  { readonly kind: 'window'; readonly days: number } | { readonly kind: 'decay'; readonly lambda: number };

/** What the policy's model knows of today's holdings at the start of every path, and what it forgets on the way. */
export class ModelPast {
  /** Mean square of the portfolio’s return. */
  readonly square: number;
  /** Mean products of each node’s return with the portfolio’s. */
  readonly products: Float64Array;
  /** Days of the model's window that are known. */
  private readonly window: number;
  /** Of each day ahead, the square that leaves; of each node and day ahead, the product. */
  private readonly squares: Float64Array;
  private readonly leaving: readonly Float64Array[];

  /**
   * @param past T×n returns of the positions, oldest first
   * @param weights of the positions
   * @param nodes places of the positions of each
   */
  constructor(
    past: Float64Array,
    weights: Float64Array,
    nodes: readonly (readonly number[])[],
    private readonly memory: ModelMemory,
    horizonDays: number,
  ) {
    const days = past.length / weights.length;
    this.window = memory.kind === 'window' ? Math.min(memory.days, days) : days;
    const first = days - this.window;
    const portfolio = returnsOf(past, weights, [...weights.keys()], first);
    this.square = meanProduct(portfolio, portfolio, memory);
    this.squares = leavingOf(portfolio, portfolio, memory, horizonDays);
    const parts = nodes.map((places) => returnsOf(past, weights, places, first));
    this.products = Float64Array.from(parts, (node) => meanProduct(node, portfolio, memory));
    this.leaving = parts.map((node) => leavingOf(node, portfolio, memory, horizonDays));
  }

  leavingSquare(day: number): number {
    return this.squares[day]!;
  }

  leavingProduct(node: number, day: number): number {
    return this.leaving[node]![day]!;
  }

  /** A mean a day on. */
  updated(mean: number, entering: number, leaving: number): number {
    const { memory } = this;
    if (memory.kind === 'decay') return memory.lambda * mean + (1 - memory.lambda) * entering;
    return mean + (entering - leaving) / this.window;
  }
}

/** Returns of some positions at today's holdings, from a day on. */
function returnsOf(past: Float64Array, weights: Float64Array, places: readonly number[], first: number): Float64Array {
  const width = weights.length;
  const result = new Float64Array(past.length / width - first);
  for (let t = 0; t < result.length; t++) {
    let total = 0;
    for (let at = 0; at < places.length; at++)
      total += weights[places[at]!]! * past[(t + first) * width + places[at]!]!;
    result[t] = total;
  }
  return result;
}

/** Products of the oldest days, which leave a window one by one; nothing leaves a memory that fades. */
function leavingOf(
  node: Float64Array,
  portfolio: Float64Array,
  memory: ModelMemory,
  horizonDays: number,
): Float64Array {
  if (memory.kind === 'decay') return new Float64Array(horizonDays);
  return Float64Array.from({ length: horizonDays }, (_, day) => node[day]! * portfolio[day]!);
}

function meanProduct(node: Float64Array, portfolio: Float64Array, memory: ModelMemory): number {
  let [total, weights, weight] = [0, 0, 1];
  for (let t = node.length - 1; t >= 0; t--) {
    total += weight * node[t]! * portfolio[t]!;
    weights += weight;
    if (memory.kind === 'decay') weight *= memory.lambda;
  }
  return total / weights;
}
