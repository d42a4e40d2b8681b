import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Signal } from '../../util/signal.js';
import type { TopicPolicies } from '../../events/registry.js';
import type {
  MessagingDriver,
  OutgoingMessage,
  ReadOptions,
  StartFrom,
  StoredMessage,
  SubscribeOptions,
  Subscription,
} from '../driver.js';
import { BusDatabase } from './bus-database.js';
import { SLOTS } from './bus-migrations.js';
import { CursorStore } from './cursor-store.js';
import { EmbeddedSubscription } from './embedded-subscription.js';
import { Follower } from './follower.js';
import { Leases } from './leases.js';
import { toStoredMessage, type MessageRow } from './message-row.js';
import { Publisher } from './publisher.js';
import { pruneMessages } from './retention.js';
import { SharedPublisher } from './shared-publisher.js';
import { Slot } from './slot.js';
import { TopicTable } from './topic-table.js';
import { WakeUps, type FreshMessages, type WakeUp } from './wake-ups.js';

/** How often the log is looked at without news: while news can arrive, and while it cannot, right after work and later. */
const POLL_LISTENING_MS = 1_000;
const POLL_BUSY_MS = 10;
const POLL_IDLE_MS = 250;

const READ = `
SELECT position, key, ordering_key, payload, published_at FROM message
 WHERE topic_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4`;

export interface EmbeddedDriverOptions {
  /** `postgresql://bus_app:…@host:port/database` */
  url: string;
  policies: TopicPolicies;
  applicationName?: string;
  poolSize?: number;
}

/** The log in PostgreSQL, for one process or many. */
export class EmbeddedDriver implements MessagingDriver {
  readonly scheme = 'embedded';
  private readonly database: BusDatabase;
  private readonly topics: TopicTable;
  private readonly publisher: Publisher;
  /** For what is sent again, which so never waits behind what has to be on disk. */
  private readonly relaxed: Publisher;
  private readonly shared: SharedPublisher;
  private readonly wakeUps: WakeUps;
  private readonly leases: Leases;
  private readonly cursors: CursorStore;
  private readonly heads = new Map<number, number>();
  private readonly subscriptions = new Set<EmbeddedSubscription>();
  private readonly followers = new Set<Follower>();
  private readonly pollSignal = new Signal();
  private poller: Promise<void> | undefined;
  private lastNews = -Infinity;
  private away = false;
  private closed = false;

  constructor(options: EmbeddedDriverOptions) {
    const name = options.applicationName ?? 'bus';
    this.database = new BusDatabase(options.url, name, options.poolSize ?? 4);
    this.topics = new TopicTable(this.database, options.policies);
    this.cursors = new CursorStore(this.database, () => this.leases.instance);
    this.wakeUps = new WakeUps(
      this.database,
      (news) => this.onNews(news),
      () => this.leases.othersLive || this.poller === undefined,
    );
    this.leases = new Leases(
      this.database,
      (subscription) => this.wakeUps.publish({ heads: new Map(), subscriptions: [subscription] }),
      (idle) => this.cursors.store(this.subscriptions, idle),
      () => this.wakeUps.localConsumers,
    );
    const published = (fresh: readonly FreshMessages[]): void => {
      const heads = new Map(fresh.map(({ topicId, after, rows }) => [topicId, after + rows.length]));
      this.wakeUps.publish({ heads, subscriptions: [], fresh });
    };
    this.publisher = new Publisher(this.database, this.topics, published);
    // What several services were told in one turn of the event loop, they say in one statement.
    this.relaxed = new Publisher(this.database, this.topics, published, () => turnOfTheLoop());
    this.shared = new SharedPublisher(options.url, this.relaxed);
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    const together = !this.closed && messages.every(({ topic }) => this.topics.sentAgain(topic));
    return (together ? this.shared.first : this.publisher).publish(messages);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const topicId = await this.topics.id(options.topic);
    const durable = options.mode === 'shared';
    const id = durable ? await this.ensureSubscription(topicId, options) : undefined;
    const subscription = new EmbeddedSubscription({
      database: this.database,
      options,
      topicId,
      id,
      head: () => this.head(topicId),
      leaseValid: () => !durable || this.leases.valid,
      onAcknowledged: () => durable && this.cursors.soon(this.subscriptions),
    });
    await this.lookAtHeads([topicId]);
    await this.appear();
    if (durable) await this.leases.join(subscription);
    else for (let slot = 0; slot < SLOTS; slot++) subscription.own(new Slot(slot, 0, this.head(topicId)));
    this.subscriptions.add(subscription);
    subscription.start();
    return {
      acknowledge: (messages) => subscription.acknowledge(messages),
      stop: () => subscription.stop(),
      close: async () => {
        await subscription.stop();
        // A lease that cannot be given up runs out.
        if (durable) await this.leases.leave(subscription).catch(() => undefined);
        this.subscriptions.delete(subscription);
      },
    };
  }

  async *read(topic: string, options: ReadOptions = {}): AsyncGenerator<StoredMessage[]> {
    const { follow = false, signal: abort, batchSize = 500 } = options;
    const topicId = await this.topics.id(topic);
    await this.lookAtHeads([topicId]);
    const end = follow ? Infinity : this.head(topicId);
    let position = await this.positionOf(topicId, options.from ?? 'earliest');
    if (follow) await this.appear();
    const follower = new Follower(topicId);
    const wake = (): void => follower.signal.raise();
    const ended = (): boolean => abort?.aborted === true || this.closed;
    abort?.addEventListener('abort', wake);
    if (follow) this.followers.add(follower);
    try {
      while (position < end && !ended()) {
        while (follow && this.head(topicId) <= position && !ended()) await follower.signal.wait();
        const fresh = follower.next(position);
        if (fresh !== undefined) {
          position += fresh.rows.length;
          yield fresh.rows.map((row) => toStoredMessage(topic, row));
          continue;
        }
        const head = Math.min(end, this.head(topicId));
        if (ended() || head <= position) continue;
        const found = await this.database.query<MessageRow>('read', READ, [topicId, position, head, batchSize]);
        // With fewer than asked for, all up to the head is read, also where retention left gaps.
        position = found.length < batchSize ? Math.max(position, head) : (found.at(-1)?.position ?? head);
        if (found.length > 0) yield found.map((row) => toStoredMessage(topic, row));
      }
    } finally {
      this.followers.delete(follower);
      abort?.removeEventListener('abort', wake);
    }
  }

  async last(topic: string, orderingKey: string): Promise<StoredMessage | undefined> {
    const topicId = await this.topics.id(topic);
    const [row] = await this.database.query<MessageRow>(
      'last',
      `SELECT position, key, ordering_key, payload, published_at FROM message
        WHERE topic_id = $1 AND ordering_key = $2 ORDER BY position DESC LIMIT 1`,
      [topicId, orderingKey],
    );
    return row === undefined ? undefined : toStoredMessage(topic, row);
  }

  async backlog(topic: string, subscription: string): Promise<number> {
    const topicId = await this.topics.id(topic);
    const [row] = await this.database.query<{ n: number }>(
      'backlog',
      `SELECT count(*) AS n FROM subscription s JOIN slot ON slot.subscription_id = s.id
         JOIN message m ON m.topic_id = s.topic_id AND m.slot = slot.slot AND m.position > slot.acked_position
        WHERE s.topic_id = $1 AND s.name = $2`,
      [topicId, subscription],
    );
    return row?.n ?? 0;
  }

  async seek(topic: string, subscription: string, time: string): Promise<void> {
    const topicId = await this.topics.id(topic);
    const position = await this.positionOf(topicId, { time });
    // Taking the slots away makes every owner claim them again, from their new places.
    const moved = await this.database.query<{ subscription_id: number }>(
      'seek',
      `UPDATE slot SET acked_position = $3, owner = NULL, epoch = epoch + 1
        WHERE subscription_id = (SELECT id FROM subscription WHERE topic_id = $1 AND name = $2) RETURNING subscription_id`,
      [topicId, subscription, position],
    );
    const id = moved[0]?.subscription_id;
    if (id !== undefined) this.wakeUps.publish({ heads: new Map(), subscriptions: [id] });
  }

  ping(): Promise<boolean> {
    return this.database.query('ping', 'SELECT 1').then(
      () => true,
      () => false,
    );
  }

  prune(): Promise<number> {
    return pruneMessages(this.database);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.shared.leave();
    for (const subscription of this.subscriptions) await subscription.stop();
    await Promise.all([this.publisher.drain(), this.relaxed.drain()]);
    await this.cursors.store(this.subscriptions, true).catch(() => undefined);
    this.pollSignal.raise();
    for (const { signal } of this.followers) signal.raise();
    await this.poller;
    await this.leases.close();
    await this.cursors.close();
    await this.wakeUps.close();
    await this.database.close();
  }

  private onNews(news: WakeUp): void {
    for (const fresh of news.fresh ?? []) {
      for (const subscription of this.subscriptions) subscription.offer(fresh);
      for (const follower of this.followers) follower.offer(fresh);
    }
    for (const [topic, position] of news.heads) this.advance(topic, position);
    if (news.subscriptions.length > 0) this.leases.changed(news.subscriptions);
  }

  private advance(topic: number, position: number): void {
    if (position <= this.head(topic)) return;
    this.heads.set(topic, position);
    this.lastNews = performance.now();
    for (const subscription of this.subscriptions) if (subscription.topicId === topic) subscription.wake();
    for (const { signal } of this.followers) signal.raise();
  }

  private async poll(): Promise<void> {
    while (!this.closed) {
      const busy = performance.now() - this.lastNews < 1_000;
      await this.pollSignal.wait(this.wakeUps.listening ? POLL_LISTENING_MS : busy ? POLL_BUSY_MS : POLL_IDLE_MS);
      if (this.closed) return;
      await this.lookAtHeads([...this.heads.keys()]).then(
        () => this.tellTrouble(undefined),
        (error: unknown) => {
          this.tellTrouble(error);
          return this.pollSignal.wait(POLL_IDLE_MS);
        },
      );
    }
  }

  /** A subscription that waits for news asks the log for nothing, and would not notice that it is away. */
  private tellTrouble(error: unknown): void {
    if (error === undefined && !this.away) return;
    this.away = error !== undefined;
    for (const subscription of this.subscriptions) subscription.tellTrouble(error);
  }

  private async lookAtHeads(topics: readonly number[]): Promise<void> {
    const found = await this.database.query<{ id: number; last_position: number }>(
      'heads',
      'SELECT id, last_position FROM topic WHERE id = ANY($1::int[])',
      [topics],
    );
    for (const { id, last_position } of found) {
      if (!this.heads.has(id)) this.heads.set(id, 0);
      this.advance(id, last_position);
    }
  }

  private head(topic: number): number {
    return this.heads.get(topic) ?? 0;
  }

  /** Lets publishers in other processes know that somebody here waits for news. */
  private async appear(): Promise<void> {
    this.wakeUps.consuming = true;
    await this.leases.appear();
    this.poller ??= this.poll();
  }

  private async ensureSubscription(topicId: number, options: SubscribeOptions): Promise<number> {
    const position = await this.positionOf(topicId, options.from ?? 'earliest');
    const [row] = await this.database.query<{ id: number }>(
      'ensure-subscription',
      `WITH made AS (
         INSERT INTO subscription (topic_id, name) VALUES ($1, $2)
         ON CONFLICT (topic_id, name) DO UPDATE SET name = excluded.name RETURNING id
       ), slots AS (
         INSERT INTO slot (subscription_id, slot, acked_position) SELECT id, n, $3 FROM made, generate_series(0, $4 - 1) n
         ON CONFLICT DO NOTHING
       )
       SELECT id FROM made`,
      [topicId, options.subscription, position, SLOTS],
    );
    return row?.id ?? 0;
  }

  /** The position after which to begin. */
  private async positionOf(topicId: number, from: StartFrom): Promise<number> {
    if (from === 'earliest') return 0;
    const time = from === 'latest' ? 'infinity' : from.time;
    const [row] = await this.database.query<{ position: number }>(
      'position-of',
      `SELECT coalesce((SELECT min(position) - 1 FROM message WHERE topic_id = $1 AND published_at >= $2), last_position) AS position
         FROM topic WHERE id = $1`,
      [topicId, time],
    );
    return row?.position ?? 0;
  }
}
