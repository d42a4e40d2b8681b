import { entryOf, type MessagePosition, type Position } from './message-id.js';

interface Entry {
  bytes: Map<number, number>;
  settled: Set<number>;
  size: number;
}

/** What was delivered and is not acknowledged, by entry: a batch that an outside publisher made is settled as a whole. */
export class InFlight {
  private readonly entries = new Map<string, Entry>();
  count = 0;
  bytes = 0;

  /** @returns false when the message is in hand already: it was delivered again after a lost link */
  add(position: MessagePosition, bytes: number): boolean {
    const id = entryOf(position);
    const entry = this.entries.get(id) ?? { bytes: new Map(), settled: new Set(), size: position.batchSize };
    if (entry.bytes.has(position.batchIndex) || entry.settled.has(position.batchIndex)) return false;
    this.entries.set(id, entry);
    entry.bytes.set(position.batchIndex, bytes);
    this.count++;
    this.bytes += bytes;
    return true;
  }

  /** @returns whether the entry is settled as a whole now */
  settle(position: Position & { batchIndex: number }): boolean {
    const id = entryOf(position);
    const entry = this.entries.get(id);
    const bytes = entry?.bytes.get(position.batchIndex);
    if (entry === undefined || bytes === undefined) return false;
    entry.bytes.delete(position.batchIndex);
    entry.settled.add(position.batchIndex);
    this.count--;
    this.bytes -= bytes;
    if (entry.settled.size < entry.size) return false;
    this.entries.delete(id);
    return true;
  }
}
