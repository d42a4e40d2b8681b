import { randomUUID } from 'node:crypto';
import { maxMessageBytes } from '@risk-budget/contracts';
import { messageTooLarge } from '../../errors.js';
import type {
  MessagingDriver,
  OutgoingMessage,
  ReadOptions,
  StartFrom,
  StoredMessage,
  SubscribeOptions,
  Subscription,
} from '../driver.js';
import type { PulsarAccess } from './access.js';
import { PulsarAdmin } from './admin.js';
import { Delivery } from './delivery.js';
import { LastIndex } from './last-index.js';
import type { Position } from './message-id.js';
import { TopicPublisher } from './topic-publisher.js';
import { TopicReader } from './topic-reader.js';
import type { PulsarTransport } from './transport.js';

/** How long a closed consumer may take to disappear from its subscription. */
const LEAVE_MS = 5_000;

/** Messages that may be on their way to an instance of a fan-out. */
const FAN_OUT_WINDOW = 64;

/** A Pulsar broker as the log, over a transport that carries messages, and its administration for everything else. */
export class PulsarDriver implements MessagingDriver {
  readonly scheme: string;
  private readonly admin: PulsarAdmin;
  private readonly publishers = new Map<string, TopicPublisher>();
  private readonly lastIndexes = new Map<string, LastIndex>();
  private readonly deliveries = new Set<Subscription>();
  private readonly readers = new Set<TopicReader>();
  private closed = false;

  constructor(
    private readonly access: PulsarAccess,
    private readonly transport: PulsarTransport,
    private readonly name: string,
  ) {
    this.scheme = access.scheme;
    this.admin = new PulsarAdmin(access);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    for (const { topic, key, payload } of messages) {
      const bytes = Buffer.byteLength(payload);
      if (bytes > maxMessageBytes) throw messageTooLarge(topic, key, bytes, maxMessageBytes);
    }
    const outcomes = await Promise.allSettled(
      messages.map((message) => this.publisher(this.topic(message.topic)).publish(message)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    await this.transport.prepare();
    const subscription = options.mode === 'shared' ? await this.shared(options) : await this.fanOut(options);
    this.deliveries.add(subscription);
    return {
      ...subscription,
      close: async () => {
        this.deliveries.delete(subscription);
        await subscription.close();
      },
    };
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<StoredMessage[]> {
    await this.transport.prepare();
    const topic = this.topic(path);
    const last = await this.admin.lastPosition(topic);
    if (last === undefined && options.follow !== true) return;
    const { from = 'earliest' } = options;
    const after = await this.before(topic, from, last);
    const since = typeof from === 'object' ? Date.parse(from.time) : -Infinity;
    for await (const messages of this.readBetween(path, after, options.follow === true ? undefined : last, options)) {
      const wanted = messages.filter(({ publishedAt }) => Date.parse(publishedAt) >= since);
      if (wanted.length > 0) yield wanted;
    }
  }

  last(path: string, orderingKey: string): Promise<StoredMessage | undefined> {
    const index = this.lastIndexes.get(path) ?? new LastIndex((after) => this.readToEnd(path, after));
    this.lastIndexes.set(path, index);
    return index.last(orderingKey);
  }

  async backlog(path: string, subscription: string): Promise<number> {
    return (await this.admin.subscriptions(this.topic(path)))?.[subscription]?.backlog ?? 0;
  }

  seek(path: string, subscription: string, time: string): Promise<void> {
    return this.admin.resetCursor(this.topic(path), subscription, Date.parse(time));
  }

  ping(): Promise<boolean> {
    return this.admin.ready();
  }

  /** The broker's own retention does it. */
  prune(): Promise<number> {
    return Promise.resolve(0);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const reader of this.readers) reader.signal.raise();
    await Promise.all([...this.deliveries].map((subscription) => subscription.close()));
    await Promise.all([...this.publishers.values()].map((publisher) => publisher.close()));
    await this.transport.close();
  }

  private topic(path: string): string {
    return `${this.access.tenant}/${path}`;
  }

  private publisher(topic: string): TopicPublisher {
    const publisher = this.publishers.get(topic) ?? new TopicPublisher(topic, this.transport);
    this.publishers.set(topic, publisher);
    return publisher;
  }

  private async shared(options: SubscribeOptions): Promise<Subscription> {
    const [topic, name] = [this.topic(options.topic), `${this.name}-${randomUUID()}`];
    const { subscription, from = 'earliest' } = options;
    const made = await this.admin.createSubscription(topic, subscription, from === 'latest' ? 'latest' : 'earliest');
    // Dying here leaves it at the beginning: more than was wanted, and nothing lost.
    if (made && typeof from === 'object') await this.admin.resetCursor(topic, subscription, Date.parse(from.time));
    const delivery = new Delivery({
      options,
      connect: (events) => this.transport.consumer({ topic, subscription, name }, events),
    });
    delivery.start();
    return {
      acknowledge: (messages) => delivery.acknowledge(messages),
      stop: () => Promise.resolve(delivery.stop()),
      close: async () => {
        await delivery.close();
        await this.untilGone(topic, subscription, name);
      },
    };
  }

  private async fanOut(options: SubscribeOptions): Promise<Subscription> {
    const topic = this.topic(options.topic);
    // "From now on" is a place, so that nothing is missed when the link has to be opened again.
    let after: Position | 'earliest' = (await this.admin.lastPosition(topic)) ?? 'earliest';
    const window = Math.min(FAN_OUT_WINDOW, options.maxInFlight ?? FAN_OUT_WINDOW);
    const delivery = new Delivery({
      options,
      connect: (events) => this.transport.reader(topic, after, window, events),
      onArrived: (message) => {
        if (message.batchIndex === message.batchSize - 1) after = { ledger: message.ledger, entry: message.entry };
      },
    });
    delivery.start();
    return {
      acknowledge: (messages) => delivery.acknowledge(messages),
      stop: () => Promise.resolve(delivery.stop()),
      close: () => delivery.close(),
    };
  }

  /** Until the broker has taken the last acknowledgements of a consumer and let go of its keys. */
  private async untilGone(topic: string, subscription: string, name: string): Promise<void> {
    for (const until = performance.now() + LEAVE_MS; performance.now() < until;) {
      const found = await this.admin.subscriptions(topic).catch(() => undefined);
      if (found?.[subscription]?.consumers.includes(name) !== true) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The place after which to begin. */
  private async before(topic: string, from: StartFrom, last: Position | undefined): Promise<Position | 'earliest'> {
    if (from === 'earliest' || last === undefined) return 'earliest';
    if (from === 'latest') return last;
    const { ledger, entry } = await this.admin.positionAt(topic, Date.parse(from.time));
    return { ledger, entry: entry - 1 };
  }

  private async *readToEnd(path: string, after: Position | 'earliest'): AsyncGenerator<StoredMessage[]> {
    const end = await this.admin.lastPosition(this.topic(path));
    if (end !== undefined) yield* this.readBetween(path, after, end, {});
  }

  private async *readBetween(
    path: string,
    after: Position | 'earliest',
    end: Position | undefined,
    { signal: abort, batchSize = 500 }: ReadOptions,
  ): AsyncGenerator<StoredMessage[]> {
    if (end !== undefined && after !== 'earliest' && after.ledger === end.ledger && after.entry >= end.entry) return;
    const reader = new TopicReader({
      transport: this.transport,
      path,
      topic: this.topic(path),
      after,
      end,
      batchSize,
      ended: () => abort?.aborted === true || this.closed,
    });
    const wake = (): void => reader.signal.raise();
    abort?.addEventListener('abort', wake);
    this.readers.add(reader);
    try {
      yield* reader.batches();
    } finally {
      this.readers.delete(reader);
      abort?.removeEventListener('abort', wake);
    }
  }
}
