import { Signal } from '../../util/signal.js';
import { takeNext, type FreshMessages } from './wake-ups.js';

/** News kept for a reader that is slow to take it; what comes beyond is read from the log. */
const MAX_OFFERED = 64;

/** A reader that waits for more of a topic. */
export class Follower {
  readonly signal = new Signal();
  private readonly offered: FreshMessages[] = [];

  constructor(private readonly topicId: number) {}

  /** Keeps what was just published in this process, so that it need not be read back. */
  offer(fresh: FreshMessages): void {
    if (fresh.topicId === this.topicId && this.offered.length < MAX_OFFERED) this.offered.push(fresh);
  }

  /** What follows on a position, if it was offered; news from before it is dropped. */
  next(position: number): FreshMessages | undefined {
    return takeNext(this.offered, position);
  }
}
