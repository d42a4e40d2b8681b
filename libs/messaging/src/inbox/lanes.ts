import type { StoredMessage } from '../driver/driver.js';
import type { Item } from './item.js';

/** An item with its place in the order of arrival. */
export interface QueuedItem extends Item {
  message: StoredMessage;
  arrival: number;
}

/** A key whose first message fails: it waits, and everything behind it. */
export interface HeldLane {
  attempts: number;
  firstFailedAt: number;
  /** When to try again, in ms of the monotonic clock. */
  due: number;
}

/** What one batch may hold. */
const BATCH_MESSAGES = 2_000;
const BATCH_CHARACTERS = 8_000_000;

/** Waiting messages in the order of arrival; keys that wait for another try are passed over while others go on. */
export class Lanes {
  private pending: QueuedItem[] = [];
  private readonly held = new Map<string, HeldLane>();
  private arrivals = 0;

  get size(): number {
    return this.pending.length;
  }

  add(items: readonly (Item & { message: StoredMessage })[]): void {
    for (const item of items) this.pending.push({ ...item, arrival: ++this.arrivals });
  }

  /** Puts items back in their places. */
  putBack(items: readonly QueuedItem[]): void {
    this.pending = [...items, ...this.pending].sort((a, b) => a.arrival - b.arrival);
  }

  hold(key: string, lane: HeldLane): void {
    this.held.set(key, lane);
  }

  heldLane(key: string): HeldLane | undefined {
    return this.held.get(key);
  }

  release(key: string): void {
    this.held.delete(key);
  }

  /** The next batch: a message whose pause is over, alone, or as many as there are of keys that are not held. */
  take(now: number): QueuedItem[] {
    const due = this.pending.findIndex((item) => (this.held.get(item.key)?.due ?? Infinity) <= now);
    if (due >= 0) return this.pending.splice(due, 1);
    const [batch, rest]: [QueuedItem[], QueuedItem[]] = [[], []];
    let characters = 0;
    for (const item of this.pending) {
      const full = batch.length >= BATCH_MESSAGES || (batch.length > 0 && characters > BATCH_CHARACTERS);
      if (full || this.held.has(item.key)) {
        rest.push(item);
      } else {
        batch.push(item);
        characters += item.message.payload.length;
      }
    }
    this.pending = rest;
    return batch;
  }

  /** Milliseconds until a held key is due; undefined when none is held. */
  untilDue(now: number): number | undefined {
    const dues = [...this.held.values()].map((lane) => lane.due);
    return dues.length === 0 ? undefined : Math.max(0, Math.min(...dues) - now);
  }

  clear(): void {
    this.pending = [];
    this.held.clear();
  }
}
