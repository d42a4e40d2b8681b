/**
 * Covariances, in value squared a day, of what is held with the whole, kept up move by move. All of it follows from the values held;
 * `refresh` computes it from them anew.
 */
export interface HeldCovariances {
  /**
   * One instrument has moved; the values held are already those after it.
   *
   * @param change of the instrument's net value, which was `before`
   * @param leafChanges of its leaves' values, in the order of the row's list
   */
  move(row: number, change: number, before: number, leafChanges: Float64Array): void;
  /** vᵀΣv. */
  variance(): number;
  /** (Σv)ᵢ. */
  marginal(row: number): number;
  /** Covariance of the leaves of a summed node with the whole. */
  ofNode(node: number): number;
  /** The same of the benchmark's part in those leaves, a fraction of NAV each; 0 without a benchmark. */
  ofBenchmarkPart(node: number): number;
  /** How far `variance` can be off by the rounding of the moves since the last refresh, to first order. */
  varianceDrift(): number;
  refresh(): void;
}

/** Half the distance from 1 to the next number: the most that one operation is off, relative to its result. */
export const UNIT_ROUNDOFF = 2 ** -53;
