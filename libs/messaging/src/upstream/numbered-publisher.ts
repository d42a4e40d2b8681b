import { topicPath, WallClock, type Clock, type EventDefinition, type TopicDefinition } from '@risk-budget/contracts';
import type { MessagingDriver, OutgoingMessage } from '../driver/driver.js';
import { decodeEnvelope, UnreadableMessage } from '../events/codec.js';
import type { MessagingTracing } from '../events/tracing.js';
import type { OutboxInput } from '../outbox/outbox.js';
import { messageKey } from '../outbox/outbox.js';
import { prepare } from '../outbox/pending.js';

/** An event with its numbers, sent or not yet. */
export interface NumberedEvent {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** Of the last part, when it is a set. */
  readonly sequence: number;
  readonly messages: readonly OutgoingMessage[];
}

export interface NumberedPublisherOptions {
  driver: MessagingDriver;
  /** `/upstream/<name>` or `/risk-budget/<service>`. */
  source: string;
  /** Wall clock, for `recordedAt`. */
  wall?: Clock;
  tracing?: MessagingTracing;
}

interface Head {
  sequence: number;
}

/**
 * Publishes without an outbox and numbers its events itself, going on from what the log holds. For one publisher of its
 * keys at a time: upstream systems, the replay, and what a service says outside any transaction.
 */
export class NumberedPublisher {
  private readonly heads = new Map<string, Promise<Head>>();
  private readonly sent = new Map<string, number>();
  private readonly counted = new WeakSet<NumberedEvent>();
  private readonly wall: Clock;

  constructor(private readonly options: NumberedPublisherOptions) {
    this.wall = options.wall ?? new WallClock();
  }

  /**
   * Gives an event its sequence without sending it: sent after a later one, it is out of order.
   *
   * @throws `MESSAGING.INVALID_EVENT`, `MESSAGING.EVENT_TOO_LARGE`
   */
  async prepare<Data>(
    definition: EventDefinition<Data>,
    event: OutboxInput<Data> & { id?: string },
  ): Promise<NumberedEvent> {
    const pending = prepare(this.options.source, definition, event, this.wall.now(), this.options.tracing);
    const head = await this.head(pending.path, pending.key);
    const messages = pending.envelopes.map((body): OutgoingMessage => ({
      topic: pending.path,
      key: messageKey(pending.key, body.part),
      orderingKey: pending.key,
      payload: JSON.stringify({ ...body, sequence: ++head.sequence }),
    }));
    return { id: pending.id, topic: pending.topic, key: pending.key, sequence: head.sequence, messages };
  }

  /** Sends a prepared event; sent a second time, it is a duplicate with the same id. */
  async send(event: NumberedEvent): Promise<void> {
    await this.sendMany([event]);
  }

  async sendMany(events: readonly NumberedEvent[]): Promise<void> {
    await this.options.driver.publish(events.flatMap((event) => event.messages));
    for (const event of events) {
      if (this.counted.has(event)) continue;
      this.counted.add(event);
      this.sent.set(event.topic, (this.sent.get(event.topic) ?? 0) + event.messages.length);
    }
  }

  async publish<Data>(
    definition: EventDefinition<Data>,
    event: OutboxInput<Data> & { id?: string },
  ): Promise<NumberedEvent> {
    const numbered = await this.prepare(definition, event);
    await this.send(numbered);
    return numbered;
  }

  /** Many events of one kind, durable together, in their order. */
  async publishMany<Data>(
    definition: EventDefinition<Data>,
    events: readonly (OutboxInput<Data> & { id?: string })[],
  ): Promise<NumberedEvent[]> {
    const numbered: NumberedEvent[] = [];
    for (const event of events) numbered.push(await this.prepare(definition, event));
    await this.sendMany(numbered);
    return numbered;
  }

  /** Messages sent so far by topic, each counted once however often it was sent: what every reader should settle. */
  published(): Record<string, number> {
    return Object.fromEntries(this.sent);
  }

  /** After a restart: counts what this source has in the log already, so that {@link published} goes on from there. */
  async resume(topics: readonly TopicDefinition[]): Promise<void> {
    for (const topic of topics) {
      const last = new Map<string, number>();
      for await (const messages of this.options.driver.read(topicPath(topic))) {
        for (const message of messages) this.note(message.payload, last);
      }
      for (const [key, sequence] of last) this.heads.set(`${topicPath(topic)}\0${key}`, Promise.resolve({ sequence }));
      const total = [...last.values()].reduce((sum, sequence) => sum + sequence, 0);
      if (total > 0) this.sent.set(topic.name, total);
    }
  }

  private note(payload: string, last: Map<string, number>): void {
    try {
      const { source, subject, sequence } = decodeEnvelope(payload);
      if (source === this.options.source) last.set(subject, Math.max(sequence, last.get(subject) ?? 0));
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
    }
  }

  private head(path: string, key: string): Promise<Head> {
    const id = `${path}\0${key}`;
    const known = this.heads.get(id) ?? this.readHead(path, key);
    this.heads.set(id, known);
    known.catch(() => this.heads.delete(id));
    return known;
  }

  private async readHead(path: string, key: string): Promise<Head> {
    const last = await this.options.driver.last(path, key);
    return { sequence: last === undefined ? 0 : decodeEnvelope(last.payload).sequence };
  }
}

/** A publisher that stands for an upstream system. @param options.source its name, such as `portfolio-state` */
export function createUpstreamPublisher(options: {
  driver: MessagingDriver;
  source: string;
  clock?: Clock;
}): NumberedPublisher {
  const { driver, source, clock } = options;
  return new NumberedPublisher({
    driver,
    source: source.startsWith('/') ? source : `/upstream/${source}`,
    ...(clock === undefined ? {} : { wall: clock }),
  });
}
