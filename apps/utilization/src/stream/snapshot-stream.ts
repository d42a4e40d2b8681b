import type { UtilizationSnapshot } from '@risk-budget/contracts';
import type { SnapshotPlace } from '../snapshots/snapshot-records.js';
import type { SnapshotFeed } from './snapshot-feed.js';

/** Where a stream reads from, and whom it tells. */
export interface StreamParts {
  readonly feed: SnapshotFeed;
  /** Snapshots of the portfolio after a sequence, oldest first. */
  placesAfter(sequence: number, limit: number): Promise<readonly SnapshotPlace[]>;
  read(place: SnapshotPlace): Promise<UtilizationSnapshot>;
  /** The sequence of the latest snapshot, 0 before the first. */
  latestSequence(): Promise<number>;
}

/** One thing that a stream tells. */
export type StreamItem =
  | { readonly kind: 'snapshot'; readonly snapshot: UtilizationSnapshot }
  /** Snapshots that are not told of, because there were too many since the client was last here. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** Nothing has happened for a while. */
  | { readonly kind: 'idle' };

/** Snapshots that a client who comes back is told of; earlier ones it reads from the history. */
const mostMissed = 100;
const pageSize = 20;

/**
 * Every snapshot of a portfolio once and in order, from where a client was on: the topic says when to look, the store says what there
 * is, so that nothing is missed between the two.
 *
 * @param after sequence of the last snapshot that the client has; undefined begins with the latest
 * @param idleMs how long nothing may happen before an `idle` is told
 */
export async function* snapshotStream(
  portfolioId: string,
  after: number | undefined,
  parts: StreamParts,
  options: { readonly signal: AbortSignal; readonly idleMs: number },
): AsyncGenerator<StreamItem> {
  const waiting = new Waiting(parts.feed, portfolioId, options.signal);
  try {
    const latest = await parts.latestSequence();
    let last = Math.min(after ?? Math.max(0, latest - 1), latest);
    if (latest - last > mostMissed) {
      yield { kind: 'gap', from: last + 1, to: latest - mostMissed };
      last = latest - mostMissed;
    }
    while (!options.signal.aborted) {
      const places = await parts.placesAfter(last, pageSize);
      for (const place of places) {
        if (options.signal.aborted) return;
        const snapshot = parts.feed.find(portfolioId, place.sequence) ?? (await parts.read(place));
        last = place.sequence;
        yield { kind: 'snapshot', snapshot };
      }
      if (places.length === 0 && !(await waiting.next(options.idleMs))) yield { kind: 'idle' };
    }
  } finally {
    waiting.end();
  }
}

/** Waits for the feed; a call that came while nobody waited is not lost. */
class Waiting {
  private called = false;
  private wake: () => void = () => undefined;
  private readonly unfollow: () => void;
  private readonly onCall = (): void => {
    this.called = true;
    this.wake();
  };

  constructor(
    feed: SnapshotFeed,
    portfolioId: string,
    private readonly signal: AbortSignal,
  ) {
    this.unfollow = feed.follow(portfolioId, this.onCall);
    signal.addEventListener('abort', this.onCall);
  }

  /** @returns false when nobody called for `milliseconds` */
  async next(milliseconds: number): Promise<boolean> {
    if (!this.called) {
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timeout);
          resolve();
        };
      });
    }
    const called = this.called;
    this.called = false;
    return called;
  }

  end(): void {
    this.unfollow();
    this.signal.removeEventListener('abort', this.onCall);
    this.wake();
  }
}
