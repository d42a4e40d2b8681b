/** A problem that is cut into parts until each part is solved or cannot better what is known. All is minimised. */
export interface SearchProblem<Part, Answer> {
  readonly root: Part;
  /** What no answer of the part goes below, or `null` when it has none. */
  readonly relax: (part: Part) => Relaxed<Part, Answer> | null;
}

export interface Relaxed<Part, Answer> {
  readonly bound: number;
  /** An answer to the whole, found on the way. */
  readonly answer?: { readonly value: number; readonly answer: Answer } | undefined;
  /** Smaller parts that together hold every answer of this one which is better than its bound; none when it is solved. */
  readonly parts: readonly Part[];
}

export interface SearchResult<Answer> {
  readonly best: { readonly value: number; readonly answer: Answer } | null;
  /** No answer is below this. */
  readonly bound: number;
  /** Parts looked at. */
  readonly parts: number;
  /** Whether the search ended by itself: `best` is within the gap of the optimum, or there is no answer. */
  readonly complete: boolean;
}

/**
 * Branch and bound, the part with the lowest bound first, so that the bound of the whole rises as fast as it can.
 *
 * @param options.gap answers this much better, relative, are not looked for
 * @param options.parts limit of work
 */
export function branchAndBound<Part, Answer>(
  problem: SearchProblem<Part, Answer>,
  options: { readonly gap: number; readonly parts: number },
): SearchResult<Answer> {
  const queue = new Queue<Relaxed<Part, Answer>>();
  let best: SearchResult<Answer>['best'] = null;
  let parts = 0;
  const target = (): number => (best === null ? Infinity : best.value - options.gap * Math.abs(best.value));
  const look = (part: Part): void => {
    parts++;
    const relaxed = problem.relax(part);
    if (relaxed === null) return;
    const { answer } = relaxed;
    if (answer !== undefined && (best === null || answer.value < best.value)) best = answer;
    if (relaxed.parts.length > 0 && relaxed.bound < target()) queue.push(relaxed.bound, relaxed);
  };
  look(problem.root);
  for (;;) {
    const next = queue.pop();
    const value = (best as SearchResult<Answer>['best'])?.value ?? Infinity;
    if (next === null || next.key >= target())
      return { best, bound: Math.min(value, next?.key ?? Infinity), parts, complete: true };
    if (parts >= options.parts) return { best, bound: next.key, parts, complete: false };
    next.item.parts.forEach(look);
  }
}

/** A binary heap, the smallest key first. */
class Queue<T> {
  private readonly heap: { readonly key: number; readonly item: T }[] = [];

  push(key: number, item: T): void {
    const { heap } = this;
    let at = heap.length;
    heap.push({ key, item });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.key <= key) break;
      heap[at] = heap[parent]!;
      heap[parent] = { key, item };
      at = parent;
    }
  }

  pop(): { readonly key: number; readonly item: T } | null {
    const { heap } = this;
    const [top] = heap;
    const last = heap.pop();
    if (top === undefined || last === undefined) return null;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.key < heap[child]!.key) child++;
      if (heap[child]!.key >= last.key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
