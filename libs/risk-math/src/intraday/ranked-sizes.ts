/** Sizes by number that change one at a time: the largest ones, and the sum of squares, without a pass over all of them. */
export class RankedSizes {
  /** A tree of winners: the number with the larger size of each pair, and so on up to the root at 1. */
  private readonly winners: Int32Array;
  private readonly leaves: number;
  private squares = 0;
  /** Roots of the parts of the tree that hold what has not been taken yet. */
  private readonly open: Int32Array;

  /** @param sizes none negative; written in place by `set` alone */
  constructor(readonly sizes: Float64Array) {
    this.leaves = Math.max(1, 2 ** Math.ceil(Math.log2(Math.max(1, sizes.length))));
    this.winners = new Int32Array(2 * this.leaves).fill(-1);
    this.open = new Int32Array(64 * MOST);
    sizes.forEach((_, number) => (this.winners[this.leaves + number] = number));
    for (let node = this.leaves - 1; node >= 1; node--) this.winners[node] = this.winnerBelow(node);
    this.refresh();
  }

  set(number: number, size: number): void {
    const before = this.sizes[number]!;
    this.squares += (size - before) * (size + before);
    this.sizes[number] = size;
    for (let node = (this.leaves + number) >> 1; node >= 1; node >>= 1) this.winners[node] = this.winnerBelow(node);
  }

  /** All sizes 0. */
  clear(): void {
    this.sizes.fill(0);
    this.squares = 0;
  }

  /** Σ size². */
  sumOfSquares(): number {
    return this.squares;
  }

  largest(): number {
    return this.sizeAt(1);
  }

  /** Sum of the `count` largest; of all when there are fewer. @param count at most five */
  sumOfLargest(count: number): number {
    let total = 0;
    let open = 1;
    this.open[0] = 1;
    for (let rank = 0; rank < Math.min(count, MOST, this.sizes.length); rank++) {
      let best = 0;
      for (let at = 1; at < open; at++) if (this.sizeAt(this.open[at]!) > this.sizeAt(this.open[best]!)) best = at;
      let node = this.open[best]!;
      const winner = this.winners[node]!;
      total += this.sizeAt(node);
      this.open[best] = this.open[--open]!;
      // What the winner has beaten on its way up is open again.
      while (node < this.leaves) {
        const left = this.winners[2 * node] === winner;
        this.open[open++] = left ? 2 * node + 1 : 2 * node;
        node = left ? 2 * node : 2 * node + 1;
      }
    }
    return total;
  }

  /** Sums the squares anew. */
  refresh(): void {
    this.squares = 0;
    for (const size of this.sizes) this.squares += size * size;
  }

  private winnerBelow(node: number): number {
    return this.sizeAt(2 * node) >= this.sizeAt(2 * node + 1) ? this.winners[2 * node]! : this.winners[2 * node + 1]!;
  }

  private sizeAt(node: number): number {
    const winner = this.winners[node]!;
    return winner < 0 ? -1 : this.sizes[winner]!;
  }
}

/** How many of the largest can be asked for. */
const MOST = 5;
