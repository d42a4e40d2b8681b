import type { StoredMessage } from '../driver.js';
import { parseReference, type Position } from './message-id.js';

/**
 * The last message of each ordering key of one topic. A broker has no index by key: the first question reads the topic once, every
 * further one only what came since.
 */
export class LastIndex {
  private readonly byKey = new Map<string, StoredMessage>();
  private after: Position | 'earliest' = 'earliest';
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly readAfter: (after: Position | 'earliest') => AsyncIterable<StoredMessage[]>) {}

  async last(orderingKey: string): Promise<StoredMessage | undefined> {
    // One at a time: two would read the same twice.
    const turn = this.turn.then(() => this.catchUp());
    this.turn = turn.catch(() => undefined);
    await turn;
    return this.byKey.get(orderingKey);
  }

  private async catchUp(): Promise<void> {
    for await (const messages of this.readAfter(this.after)) {
      for (const message of messages) {
        this.byKey.set(message.orderingKey, message);
        this.after = parseReference(message.reference);
      }
    }
  }
}
