import type pg from 'pg';
import { Backoff, Signal } from '../../util/signal.js';
import type { BusDatabase } from './bus-database.js';
import type { FreshRow } from './message-row.js';

/** Messages that a publisher of this process has just had committed, one behind the other in the log. */
export interface FreshMessages {
  topicId: number;
  /** Position before the first of them. */
  after: number;
  rows: readonly FreshRow[];
}

/**
 * Takes out of what was offered what follows on a position. Publishers of one topic may tell of their messages in another
 * order than the log has them: what was read from the log meanwhile is dropped, what lies further on waits for its turn.
 */
export function takeNext(offered: FreshMessages[], position: number): FreshMessages | undefined {
  for (let index = 0; index < offered.length;) {
    const fresh = offered[index];
    if (fresh !== undefined && fresh.after > position) {
      index++;
      continue;
    }
    offered.splice(index, 1);
    if (fresh?.after === position) return fresh;
  }
  return undefined;
}

/** What a driver is told: topics that grew, with their last positions, and subscriptions whose slots changed hands. */
export interface WakeUp {
  heads: ReadonlyMap<number, number>;
  subscriptions: readonly number[];
  /** Within the process also the messages themselves, so that they need not be read back. */
  fresh?: readonly FreshMessages[];
}

const CHANNEL = 'bus';

/** Drivers of this process by database: they wake each other without a round trip. */
const hubs = new Map<string, Set<WakeUps>>();

/**
 * Carries news of the log between drivers: at once within the process, by NOTIFY to others. NOTIFY runs in a statement
 * of its own on a connection of its own, after the messages are committed, and never delays them.
 */
export class WakeUps {
  private readonly hub: Set<WakeUps>;
  private readonly signal = new Signal();
  private heads = new Map<number, number>();
  private subscriptions = new Set<number>();
  private client: pg.Client | undefined;
  private closed = false;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly database: BusDatabase,
    private readonly onWakeUp: (news: WakeUp) => void,
    /** Whether consumers may live in other processes; when none do, no NOTIFY is sent. */
    private readonly othersLive: () => boolean,
  ) {
    this.hub = hubs.get(database.identity) ?? new Set();
    hubs.set(database.identity, this.hub);
    this.hub.add(this);
    this.loops = [this.listen(), this.notify()];
  }

  /** Whether news of other processes arrives; without it the log must be polled. */
  get listening(): boolean {
    return this.client !== undefined;
  }

  /** Whether this driver delivers messages; one that only publishes counts for nobody. */
  consuming = false;

  /** Consuming drivers on the same log in this process. */
  get localConsumers(): number {
    return [...this.hub].filter((other) => other.consuming).length;
  }

  publish(news: WakeUp): void {
    for (const other of this.hub) other.onWakeUp(news);
    if (!this.othersLive()) return;
    for (const [topic, position] of news.heads) this.heads.set(topic, Math.max(position, this.heads.get(topic) ?? 0));
    for (const subscription of news.subscriptions) this.subscriptions.add(subscription);
    this.signal.raise();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.hub.delete(this);
    if (this.hub.size === 0) hubs.delete(this.database.identity);
    this.signal.raise();
    this.reconnect.raise();
    await this.client?.end().catch(() => undefined);
    await Promise.all(this.loops);
  }

  private readonly reconnect = new Signal();

  private async listen(): Promise<void> {
    const backoff = new Backoff();
    while (!this.closed) {
      try {
        const client = await this.database.connect('bus-listener');
        const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
        client.on('notification', ({ payload }) => this.receive(payload ?? ''));
        // Nothing is lost when a notification is: everybody polls.
        await client.query(`SET synchronous_commit = off; LISTEN ${CHANNEL}`);
        if (this.closed) {
          await client.end();
          return;
        }
        this.client = client;
        backoff.reset();
        await ended;
      } catch {
        // The driver's statements meet the same trouble and report it.
      }
      this.client = undefined;
      if (!this.closed) await this.reconnect.wait(backoff.next());
    }
  }

  private async notify(): Promise<void> {
    for (;;) {
      await this.signal.wait();
      if (this.closed) return;
      const payload = JSON.stringify({ h: [...this.heads].slice(0, 200), s: [...this.subscriptions].slice(0, 200) });
      this.heads = new Map();
      this.subscriptions = new Set();
      await this.client?.query(`SELECT pg_notify('${CHANNEL}', $1)`, [payload]).catch(() => undefined);
    }
  }

  private receive(payload: string): void {
    const news = JSON.parse(payload) as { h: [number, number][]; s: number[] };
    this.onWakeUp({ heads: new Map(news.h), subscriptions: news.s });
  }
}
