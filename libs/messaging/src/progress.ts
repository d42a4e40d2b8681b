import type { Persistence } from '@risk-budget/persistence';

/** How far a service is. */
export interface Progress {
  /** By topic: messages written so far, sent or about to be sent (the parts of a set each count). */
  published: Record<string, number>;
  /** By topic and source: messages applied, skipped, parked or dead-lettered so far, each counted once. */
  settled: Record<string, Record<string, number>>;
}

/** A number out of {@link PROGRESS_COUNTS}: of what was published when it names no source. */
export interface ProgressCount {
  readonly topic: string;
  readonly source: string | null;
  readonly n: number;
}

/** Reads the counts of a service, in its own schema: for a statement that asks for more beside them. */
export const PROGRESS_COUNTS = `
  SELECT topic, NULL AS source, sum(sequence)::bigint AS n FROM outbox_head GROUP BY topic
  UNION ALL
  SELECT topic, source, sum(settled)::bigint FROM inbox_progress GROUP BY topic, source ORDER BY 1, 2`;

export function progressOf(counts: readonly ProgressCount[]): Progress {
  const progress: Progress = { published: {}, settled: {} };
  for (const { topic, source, n } of counts) {
    if (source === null) progress.published[topic] = n;
    else (progress.settled[topic] ??= {})[source] = n;
  }
  return progress;
}

/** Counts of what a service has published and settled, for whoever waits until all of a moment's work is done. */
export class ProgressCounter {
  private readonly listeners = new Set<() => void>();

  /** @param inHand whether messages are being handled, so that a count will grow soon */
  constructor(
    private readonly persistence: Persistence,
    private readonly inHand: () => boolean = () => false,
  ) {}

  /** Whether this instance has messages in hand whose commit will raise a count. */
  get busy(): boolean {
    return this.inHand();
  }

  /** The counts as committed now, of all instances of the service. */
  async read(): Promise<Progress> {
    return progressOf(await this.persistence.query<ProgressCount>(PROGRESS_COUNTS));
  }

  /** Calls `listener` after each commit of this instance that may have raised a count; it must return at once. @returns how to stop it */
  onGrowth(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Tells the listeners. */
  grown(): void {
    for (const listener of this.listeners) listener();
  }
}
