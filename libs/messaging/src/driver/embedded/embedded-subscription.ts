import { Backoff, Signal } from '../../util/signal.js';
import type { StoredMessage, SubscribeOptions } from '../driver.js';
import type { BusDatabase } from './bus-database.js';
import { toStoredMessage, type FreshRow } from './message-row.js';
import { SLOTS } from './bus-migrations.js';
import type { Slot } from './slot.js';
import { slotOf } from './slot-of.js';
import { takeNext, type FreshMessages } from './wake-ups.js';

/** Messages and bytes fetched at once. */
const FETCH_MESSAGES = 2_000;
const FETCH_BYTES = 8 * 1024 * 1024;

/** Bytes that may be delivered and not acknowledged. */
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/** News that waits to be delivered; what comes beyond is fetched. */
const MAX_OFFERED = 64;

/** While messages are in hand, those behind them are fetched no more often: they wait anyway. */
const FETCH_EVERY_MS = 20;

/** A slot this far behind the foremost catches up alone, so that the log is not read again for all. */
const LAG = 1_000;

const NEVER = '9223372036854775807';

// A message counts for the bytes before it, so that one large message always fits.
const FETCH = `
SELECT position, slot, key, ordering_key, payload, published_at, size, total FROM (
  SELECT m.*, sum(size) OVER (ORDER BY position) - size AS before, count(*) OVER () AS total FROM (
    SELECT position, slot, key, ordering_key, payload, published_at, size FROM message
     WHERE topic_id = $1 AND position > $2 AND position > ($3::bigint[])[slot + 1] ORDER BY position LIMIT $4) m
) batch WHERE before < $5 ORDER BY position`;

interface FetchedRow extends FreshRow {
  /** Rows found before those beyond the bytes were left out. */
  total: number;
}

export interface SubscriptionSetup {
  database: BusDatabase;
  options: SubscribeOptions;
  topicId: number;
  /** Id of the durable subscription; undefined for fan-out. */
  id: number | undefined;
  /** Last position of the topic that is known to be committed. */
  head: () => number;
  /** Whether this instance may still believe that its slots are its own. */
  leaseValid: () => boolean;
  /** Asks for the cursors to be stored soon. */
  onAcknowledged: () => void;
}

/** Delivers the messages of the slots that this instance owns, in order within each. */
export class EmbeddedSubscription {
  readonly slots = new Map<number, Slot>();
  private readonly signal = new Signal();
  private readonly backoff = new Backoff();
  private readonly maxInFlight: number;
  private offered: FreshMessages[] = [];
  private fetchedAt = -Infinity;
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly setup: SubscriptionSetup) {
    this.maxInFlight = setup.options.maxInFlight ?? 8_000;
  }

  get id(): number | undefined {
    return this.setup.id;
  }

  get topicId(): number {
    return this.setup.topicId;
  }

  start(): void {
    this.loop = this.run();
  }

  wake(): void {
    this.signal.raise();
  }

  /** The driver found the log away, or back again (undefined). */
  tellTrouble(error: unknown): void {
    this.setup.options.onTrouble?.(error);
  }

  /** Hands over what was just published in this process: delivered without reading it back where all before it was read. */
  offer(fresh: FreshMessages): void {
    if (fresh.topicId !== this.topicId) return;
    if (this.offered.length < MAX_OFFERED) this.offered.push(fresh);
    this.wake();
  }

  own(slot: Slot): void {
    this.slots.set(slot.number, slot);
    this.wake();
  }

  /** The slot is no longer ours: what is in flight of it is another's to deliver now. */
  lose(number: number): void {
    const slot = this.slots.get(number);
    if (slot === undefined) return;
    this.slots.delete(number);
    this.wake();
  }

  acknowledge(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      this.slots.get(slotOf(message.orderingKey))?.acknowledge(Number(message.reference));
    }
    this.setup.onAcknowledged();
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const slots = this.eligible();
      const head = this.setup.head();
      const room = this.maxInFlight - this.sum((slot) => slot.inFlightCount);
      const bytes = MAX_IN_FLIGHT_BYTES - this.sum((slot) => slot.inFlightBytes);
      if (this.deliverFresh(slots, room, bytes)) continue;
      if (room <= 0 || bytes <= 0 || !slots.some((slot) => slot.read < head)) {
        await this.signal.wait();
        continue;
      }
      const early = this.fetchedAt + FETCH_EVERY_MS - performance.now();
      if (early > 0 && room < this.maxInFlight) {
        await this.signal.wait(early);
        continue;
      }
      try {
        this.fetchedAt = performance.now();
        await this.fetch(slots, head, Math.min(FETCH_MESSAGES, room), Math.min(FETCH_BYTES, bytes));
        this.backoff.reset();
        this.setup.options.onTrouble?.(undefined);
      } catch (error) {
        this.setup.options.onTrouble?.(error);
        await this.signal.wait(this.backoff.next());
      }
    }
  }

  private sum(of: (slot: Slot) => number): number {
    let total = 0;
    for (const slot of this.slots.values()) total += of(slot);
    return total;
  }

  /** Slots to read now: not those that are given away, nor those whose keys are stuck, so that these do not hold up the rest. */
  private eligible(): Slot[] {
    if (!this.setup.leaseValid()) return [];
    const ready = [...this.slots.values()].filter(
      (slot) =>
        !slot.releasing && slot.inFlightCount < this.maxInFlight / 4 && slot.inFlightBytes < MAX_IN_FLIGHT_BYTES / 4,
    );
    const reads = ready.map((slot) => slot.read);
    const [first, last] = [Math.min(...reads), Math.max(...reads)];
    return last - first > LAG ? ready.filter((slot) => slot.read < first + LAG / 2) : ready;
  }

  /** @returns false when nothing offered follows on what was read, or it is too much at present: then it is fetched in its turn */
  private deliverFresh(slots: readonly Slot[], room: number, bytes: number): boolean {
    const read = slots[0]?.read;
    if (read === undefined || slots.length < this.slots.size || slots.some((slot) => slot.read !== read)) return false;
    const fresh = takeNext(this.offered, read);
    if (fresh === undefined) return false;
    const { after, rows } = fresh;
    const own = rows.filter((row) => this.slots.has(row.slot));
    if (own.length > room || own.reduce((sum, { size }) => sum + size, 0) > bytes) return false;
    for (const slot of slots) slot.read = after + rows.length;
    this.deliver(own);
    return true;
  }

  private deliver(rows: readonly FreshRow[]): void {
    if (rows.length === 0) return;
    for (const row of rows) this.slots.get(row.slot)?.deliver(row.position, row.size);
    const { topic, onMessages } = this.setup.options;
    onMessages(rows.map((row) => toStoredMessage(topic, row)));
  }

  private async fetch(slots: readonly Slot[], head: number, limit: number, bytes: number): Promise<void> {
    const from = Math.min(...slots.map((slot) => slot.read));
    const after = Array<string>(SLOTS).fill(NEVER);
    for (const slot of slots) after[slot.number] = String(slot.read);
    const { database, topicId } = this.setup;
    const rows = await database.query<FetchedRow>('fetch', FETCH, [topicId, from, after, limit, bytes]);
    // While we asked, a slot may have gone, or have come back with another epoch.
    const still = slots.filter((slot) => this.slots.get(slot.number) === slot && !slot.releasing);
    const numbers = new Set(still.map((slot) => slot.number));
    const total = rows[0]?.total ?? 0;
    const lastRow = rows.at(-1)?.position ?? 0;
    const reached = total < limit && rows.length === total ? Math.max(head, lastRow) : lastRow;
    for (const slot of still) slot.read = Math.max(slot.read, reached);
    this.deliver(rows.filter((row) => numbers.has(row.slot)));
  }
}
