import { randomUUID } from 'node:crypto';
import { Signal } from '../../util/signal.js';
import type { BusDatabase } from './bus-database.js';
import { SLOTS } from './bus-migrations.js';
import type { EmbeddedSubscription } from './embedded-subscription.js';
import { Slot } from './slot.js';

/** A lease lasts this long and is renewed this often: the slots of a killed instance are taken over within 8 s. */
export const LEASE_MS = 6_000;
export const HEARTBEAT_MS = 2_000;

/** How long a slot waits for what is in flight before it is given over; what is not settled by then is delivered again. */
const RELEASE_MS = 5_000;

const RENEW = `
INSERT INTO instance (id, lease_until) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`;

const LOOK = `
SELECT s.subscription_id, s.slot, s.owner = $2 AS mine, s.epoch, i.id IS NULL AS free,
       (SELECT count(*) FROM member m JOIN instance l ON l.id = m.instance_id
         WHERE m.subscription_id = s.subscription_id AND (l.lease_until > clock_timestamp() OR l.id = $2)) AS members
  FROM slot s LEFT JOIN instance i ON i.id = s.owner AND (i.lease_until > clock_timestamp() OR i.id = $2)
 WHERE s.subscription_id = ANY($1::int[])`;

const CLAIM = `
UPDATE slot SET owner = $3, epoch = epoch + 1
 WHERE subscription_id = $1 AND slot IN (
   SELECT s.slot FROM slot s LEFT JOIN instance i ON i.id = s.owner AND i.lease_until > clock_timestamp()
    WHERE s.subscription_id = $1 AND (i.id IS NULL OR (s.owner = $3 AND s.slot <> ALL($4::smallint[]))) ORDER BY s.slot LIMIT $2 FOR UPDATE OF s SKIP LOCKED)
RETURNING slot, epoch, acked_position`;

const RELEASE = `
UPDATE slot SET owner = NULL FROM unnest($1::smallint[], $2::bigint[]) AS given(slot, epoch)
 WHERE subscription_id = $3 AND slot.slot = given.slot AND slot.epoch = given.epoch AND owner = $4`;

interface SlotState {
  subscription_id: number;
  slot: number;
  mine: boolean | null;
  epoch: number;
  free: boolean;
  members: number;
}

/** Shares the slots of subscriptions fairly among the live instances, by leases that are fenced with epochs. */
export class Leases {
  readonly instance = randomUUID();
  private readonly subscriptions = new Map<number, EmbeddedSubscription>();
  private readonly signal = new Signal();
  private renewedAt = -Infinity;
  private closed = false;
  private loop: Promise<void> | undefined;
  private others = true;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: BusDatabase,
    /** Tells the other members that there is something to claim, or to give up. */
    private readonly announce: (subscription: number) => void,
    /** Stores cursors; with `idle` also those that moved past messages of other slots only. */
    private readonly store: (idle: boolean) => Promise<void>,
    private readonly localInstances: () => number,
  ) {}

  get valid(): boolean {
    return performance.now() - this.renewedAt < LEASE_MS - 500;
  }

  /** Whether consumers live in other processes, as far as the last heartbeat knows. */
  get othersLive(): boolean {
    return this.others;
  }

  /** Makes this instance known, so that publishers in other processes send it news. */
  async appear(): Promise<void> {
    if (this.loop !== undefined) return;
    await this.renew();
    this.loop ??= this.run();
    this.announce(0);
  }

  async join(subscription: EmbeddedSubscription): Promise<void> {
    const id = subscription.id ?? 0;
    await this.database.query('join', 'INSERT INTO member VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, this.instance]);
    this.subscriptions.set(id, subscription);
    await this.balance([id]);
    this.announce(id);
  }

  /** Gives a subscription's slots over at once. */
  async leave(subscription: EmbeddedSubscription): Promise<void> {
    const id = subscription.id ?? 0;
    this.subscriptions.delete(id);
    await this.turn;
    await this.store(true);
    await this.release(subscription, [...subscription.slots.values()]);
    await this.database.query('leave', 'DELETE FROM member WHERE subscription_id = $1 AND instance_id = $2', [
      id,
      this.instance,
    ]);
    this.announce(id);
  }

  /** Looks again at subscriptions whose slots changed hands. */
  changed(subscriptions: readonly number[]): void {
    this.others = true; // until the next heartbeat counts
    const mine = subscriptions.filter((id) => this.subscriptions.has(id));
    if (mine.length > 0) void this.balance(mine).catch(() => undefined); // the heartbeat looks again
  }

  async close(): Promise<void> {
    this.closed = true;
    this.signal.raise();
    await this.loop;
    await this.turn;
    await this.database.query('forget', 'DELETE FROM instance WHERE id = $1', [this.instance]).catch(() => undefined);
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      await this.signal.wait(HEARTBEAT_MS);
      if (this.closed) return;
      try {
        await this.renew();
        await this.store(true);
        await this.balance([...this.subscriptions.keys()]);
      } catch {
        // The lease runs out by itself; the subscriptions meet the same trouble and report it.
      }
    }
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    await this.database.query('renew', RENEW, [this.instance, LEASE_MS]);
    this.renewedAt = asked;
    const [live] = await this.database.query<{ n: number }>(
      'live',
      'SELECT count(*) AS n FROM instance WHERE lease_until > clock_timestamp()',
    );
    this.others = (live?.n ?? 0) > this.localInstances();
    for (const subscription of this.subscriptions.values()) subscription.wake();
  }

  /** One at a time: two looks at once would both claim. */
  private balance(ids: readonly number[]): Promise<void> {
    const next = this.turn.then(() => this.balanceNow(ids));
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async balanceNow(ids: readonly number[]): Promise<void> {
    if (ids.length === 0 || this.closed) return;
    const states = await this.database.query<SlotState>('look', LOOK, [ids, this.instance]);
    for (const id of ids) {
      const subscription = this.subscriptions.get(id);
      if (subscription !== undefined)
        await this.settle(
          subscription,
          states.filter((state) => state.subscription_id === id),
        );
    }
  }

  private async settle(subscription: EmbeddedSubscription, states: readonly SlotState[]): Promise<void> {
    for (const state of states) {
      const own = subscription.slots.get(state.slot);
      if (own !== undefined && (state.mine !== true || state.epoch !== own.epoch)) subscription.lose(state.slot);
    }
    const share = Math.ceil(SLOTS / Math.max(1, states[0]?.members ?? 1));
    const owned = [...subscription.slots.values()].filter((slot) => !slot.releasing);
    // A slot that is ours in the table and not in memory was left by a claim whose answer was lost.
    const free = states.filter((state) => state.free || (state.mine === true && !subscription.slots.has(state.slot)));
    if (owned.length < share && free.length > 0) await this.claim(subscription, share - owned.length);
    for (const slot of owned.slice(share)) this.giveUp(subscription, slot);
  }

  private async claim(subscription: EmbeddedSubscription, count: number): Promise<void> {
    const claimed = await this.database.query<{ slot: number; epoch: number; acked_position: number }>('claim', CLAIM, [
      subscription.id,
      count,
      this.instance,
      [...subscription.slots.keys()],
    ]);
    for (const row of claimed) subscription.own(new Slot(row.slot, row.epoch, row.acked_position));
  }

  private giveUp(subscription: EmbeddedSubscription, slot: Slot): void {
    slot.releasing = true;
    void this.whenIdle(slot)
      .then(() => this.store(true))
      .then(() => this.release(subscription, [slot]))
      .then(() => this.announce(subscription.id ?? 0))
      .catch(() => (slot.releasing = false));
  }

  private async whenIdle(slot: Slot): Promise<void> {
    for (let waited = 0; slot.inFlightCount > 0 && waited < RELEASE_MS && !this.closed; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private async release(subscription: EmbeddedSubscription, slots: readonly Slot[]): Promise<void> {
    if (slots.length === 0) return;
    await this.database.query('release', RELEASE, [
      slots.map((slot) => slot.number),
      slots.map((slot) => slot.epoch),
      subscription.id,
      this.instance,
    ]);
    for (const slot of slots) if (subscription.slots.get(slot.number) === slot) subscription.lose(slot.number);
  }
}
