import type { Instant } from '@risk-budget/contracts';

/** The two times of a question: what was valid at `asOf`, as it was known at `knownAt`. */
export interface AsOf {
  /** Valid time: nothing dated later is seen. */
  readonly asOf: Instant;
  /** Knowledge time: nothing learned later is seen. Equal to `asOf` for what was seen at the moment itself. */
  readonly knownAt: Instant;
}

/** What was valid at a moment, as it was known at that moment. */
export function seenAt(instant: Instant): AsOf {
  return { asOf: instant, knownAt: instant };
}

/** Where a stored fact came from: the event (or bulk load) and its business time, which is when the fact became known. */
export interface Source {
  /** Id of the event or of the load. */
  readonly id: string;
  /** Becomes the fact's `knownAt`. */
  readonly occurredAt: Instant;
}
