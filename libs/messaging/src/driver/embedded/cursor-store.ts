import type { BusDatabase } from './bus-database.js';
import type { EmbeddedSubscription } from './embedded-subscription.js';
import type { Slot } from './slot.js';

/** Acknowledgements of this long are stored together. */
const GATHER_MS = 250;

// Not flushed at its commit: where the server fails within the next moments, messages are delivered again, as after any crash.
const STORE = `
UPDATE slot s SET acked_position = v.position
  FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::bigint[]) AS v(subscription_id, slot, epoch, position),
       set_config('synchronous_commit', 'off', true)
 WHERE s.subscription_id = v.subscription_id AND s.slot = v.slot AND s.epoch = v.epoch AND s.owner = $5
RETURNING s.subscription_id, s.slot`;

interface Entry {
  subscription: EmbeddedSubscription;
  slot: Slot;
  position: number;
}

/** Stores the cursors of owned slots, many in one statement, fenced by their epochs. */
export class CursorStore {
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly database: BusDatabase,
    private readonly instance: () => string,
  ) {}

  soon(subscriptions: Iterable<EmbeddedSubscription>): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.store(subscriptions, false).catch(() => undefined); // stays to be stored by the next
    }, GATHER_MS);
  }

  /** One at a time, so that a cursor never goes back. */
  store(subscriptions: Iterable<EmbeddedSubscription>, idle: boolean): Promise<void> {
    const next = this.turn.then(() => this.storeNow(subscriptions, idle));
    this.turn = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private async storeNow(subscriptions: Iterable<EmbeddedSubscription>, idle: boolean): Promise<void> {
    const entries: Entry[] = [];
    for (const subscription of subscriptions) {
      if (subscription.id === undefined) continue;
      for (const slot of subscription.slots.values()) {
        const position = slot.toStore(idle);
        if (position !== undefined) entries.push({ subscription, slot, position });
      }
    }
    if (entries.length === 0) return;
    try {
      const stored = await this.database.query<{ subscription_id: number; slot: number }>('store', STORE, [
        entries.map((entry) => entry.subscription.id),
        entries.map((entry) => entry.slot.number),
        entries.map((entry) => entry.slot.epoch),
        entries.map((entry) => entry.position),
        this.instance(),
      ]);
      const kept = new Set(stored.map((row) => `${row.subscription_id}/${row.slot}`));
      for (const { subscription, slot, position } of entries) {
        if (kept.has(`${subscription.id}/${slot.number}`)) slot.storedAt(position);
        else if (subscription.slots.get(slot.number) === slot) subscription.lose(slot.number);
      }
    } catch (error) {
      for (const { slot } of entries) slot.notStored();
      throw error;
    }
  }
}
