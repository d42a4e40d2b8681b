import type { OutboxMessage } from './outbox.js';

/** More is left to the table, which holds it anyway. */
const MOST_MESSAGES = 500;
const MOST_CHARACTERS = 4_000_000;
const MOST_KEYS = 20_000;

/**
 * Messages that this process has just committed, for the relay to publish without reading them back. They may be published only where each
 * is the next of its key: what comes before it may be another instance's, and stands in the table.
 */
export class HandedMessages {
  private waiting: OutboxMessage[] = [];
  private characters = 0;
  private complete = true;
  /** The last sequence published, by topic and key. */
  private readonly published = new Map<string, number>();

  /** Takes what was committed; none means that something was committed which only the table holds. */
  add(messages: readonly OutboxMessage[]): void {
    if (messages.length === 0) this.complete = false;
    for (const message of messages) {
      this.characters += message.payload.length;
      this.waiting.push(message);
    }
    if (this.waiting.length > MOST_MESSAGES || this.characters > MOST_CHARACTERS) this.giveUp();
  }

  get any(): boolean {
    return this.waiting.length > 0 || !this.complete;
  }

  /** What may be published now, in order; undefined when the table has to be read, which holds it too. */
  next(): OutboxMessage[] | undefined {
    const { waiting, complete } = this;
    this.forget();
    if (!complete) return undefined;
    const last = new Map<string, number>();
    const fresh: OutboxMessage[] = [];
    for (const message of waiting) {
      const key = keyOf(message);
      const before = last.get(key) ?? this.published.get(key) ?? 0;
      // Found in the table already.
      if (message.sequence <= before) continue;
      if (message.sequence !== before + 1) return undefined;
      last.set(key, message.sequence);
      fresh.push(message);
    }
    return fresh;
  }

  /** Notes what the log has taken. */
  note(messages: readonly Pick<OutboxMessage, 'topic' | 'key' | 'sequence'>[]): void {
    if (this.published.size > MOST_KEYS) this.published.clear();
    for (const message of messages) this.published.set(keyOf(message), message.sequence);
  }

  /** The table has to be asked next. */
  giveUp(): void {
    this.forget();
    this.complete = false;
  }

  private forget(): void {
    this.waiting = [];
    this.characters = 0;
    this.complete = true;
  }
}

function keyOf({ topic, key }: Pick<OutboxMessage, 'topic' | 'key'>): string {
  return `${topic}\0${key}`;
}
