/** Numbers ordered by when each is due, the earliest first: a binary heap in which any number's time can be changed. */
export class DueQueue {
  private readonly due: Float64Array;
  private readonly heap: Int32Array;
  private readonly place: Int32Array;

  /** @param size numbers 0 to size − 1, all of them due at 0 */
  constructor(size: number) {
    this.due = new Float64Array(size);
    this.heap = Int32Array.from({ length: size }, (_, index) => index);
    this.place = this.heap.slice();
  }

  /** The number that is due first; −1 when there is none. */
  first(): number {
    return this.heap.length === 0 ? -1 : this.heap[0]!;
  }

  dueOf(number: number): number {
    return this.due[number]!;
  }

  set(number: number, due: number): void {
    const later = due > this.due[number]!;
    this.due[number] = due;
    if (later) this.sink(this.place[number]!);
    else this.rise(this.place[number]!);
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isBefore(at, above)) return;
      this.swap(at, above);
      at = above;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.heap.length) return;
      const right = left + 1;
      const below = right < this.heap.length && this.isBefore(right, left) ? right : left;
      if (!this.isBefore(below, at)) return;
      this.swap(at, below);
      at = below;
    }
  }

  private isBefore(a: number, b: number): boolean {
    return this.due[this.heap[a]!]! < this.due[this.heap[b]!]!;
  }

  private swap(a: number, b: number): void {
    const first = this.heap[a]!;
    const second = this.heap[b]!;
    this.heap[a] = second;
    this.heap[b] = first;
    this.place[second] = a;
    this.place[first] = b;
  }
}
