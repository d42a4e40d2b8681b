import type { Publisher } from './publisher.js';

/** Publishers of this process by the log that they write to, in the order in which they came. */
const byLog = new Map<string, Set<Publisher>>();

/**
 * The publishers of one log in this process. What need not be on disk at once goes by the first of them, whosever it is, so
 * that what several services say at the same moment is written together instead of one waiting for the other.
 */
export class SharedPublisher {
  private readonly publishers: Set<Publisher>;

  constructor(
    private readonly log: string,
    private readonly own: Publisher,
  ) {
    this.publishers = byLog.get(log) ?? new Set();
    byLog.set(log, this.publishers);
    this.publishers.add(own);
  }

  get first(): Publisher {
    return [...this.publishers][0] ?? this.own;
  }

  /** Takes the own publisher out: nobody hands it anything any more. */
  leave(): void {
    this.publishers.delete(this.own);
    if (this.publishers.size === 0) byLog.delete(this.log);
  }
}
