import { topicPath, type EventDefinition, type TopicDefinition } from '@risk-budget/contracts';
import { executeLater, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import type { MessagingDriver } from './driver/driver.js';
import { decodeEnvelope, UnreadableMessage } from './events/codec.js';
import type { ReceivedEvent } from './events/received-event.js';
import { readEvents } from './upstream/read-events.js';

/** Before everything that a log can hold. */
const BEGINNING = '1970-01-02T00:00:00.000Z';

/** What a service rebuilds from its own topics. */
export interface RebuildContext {
  /** Commits with the numbers that it goes on from. */
  readonly tx: Tx;
  /** Everything that this service has published of one type, in the order of the log, repetitions left out. */
  own<Data>(definition: EventDefinition<Data>): AsyncGenerator<ReceivedEvent<Data>>;
}

export interface JoinOptions {
  readonly publishes: readonly TopicDefinition[];
  readonly consumes: readonly TopicDefinition[];
  readonly rebuild?: (context: RebuildContext) => Promise<void>;
}

/**
 * How a service with an empty schema joins a running system: once, before it receives or publishes anything, it goes on from the numbers
 * of what it has published before; one that can rebuild what only it knows does, and has its subscriptions begin again, for it knows what it
 * has said of all that already. Subscriptions that never were begin at the beginning anyway.
 */
export class Joining {
  constructor(
    private readonly persistence: Persistence,
    private readonly driver: MessagingDriver,
    private readonly service: string,
  ) {}

  /** @returns whether it joined now, or had before */
  async join({ publishes, consumes, rebuild }: JoinOptions): Promise<boolean> {
    return this.persistence.transaction(async (tx) => {
      // A second instance waits here, and finds it done.
      const [row] = await rows<{ joined: boolean }>(
        tx,
        `SELECT joined_at IS NOT NULL AS joined FROM messaging_joining FOR UPDATE`,
      );
      if (row?.joined !== false) return false;
      // One that was restored from a backup knows what it had said until then; only its numbers have to go on from what it said since.
      const empty = (await rows(tx, 'SELECT FROM outbox_head LIMIT 1')).length === 0;
      for (const topic of publishes) await this.resume(tx, topic);
      if (rebuild !== undefined && empty) {
        await rebuild({ tx, own: (definition) => this.own(definition) });
        for (const topic of consumes) await this.driver.seek(topicPath(topic), this.service, BEGINNING);
      }
      await executeLater(tx, 'UPDATE messaging_joining SET joined_at = clock_timestamp()');
      return true;
    });
  }

  /** Whether what stood on the topics when the service joined has been settled. */
  async hasCaughtUp(): Promise<boolean> {
    const [row] = await this.persistence.query<{ done: boolean }>(
      'SELECT caught_up_at IS NOT NULL AS done FROM messaging_joining',
    );
    return row?.done === true;
  }

  async noteCaughtUp(): Promise<void> {
    await this.persistence.query(
      'UPDATE messaging_joining SET caught_up_at = clock_timestamp(), joined_at = coalesce(joined_at, clock_timestamp())',
    );
  }

  private async resume(tx: Tx, topic: TopicDefinition): Promise<void> {
    const last = new Map<string, number>();
    for await (const messages of this.driver.read(topicPath(topic))) {
      for (const { payload } of messages) this.note(payload, last);
    }
    await executeLater(
      tx,
      `INSERT INTO outbox_head AS head (topic, key, sequence) SELECT $1, * FROM unnest($2::text[], $3::bigint[])
       ON CONFLICT (topic, key) DO UPDATE SET sequence = greatest(head.sequence, excluded.sequence)`,
      [topic.name, [...last.keys()], [...last.values()]],
    );
  }

  private note(payload: string, last: Map<string, number>): void {
    try {
      const { source, subject, sequence } = decodeEnvelope(payload);
      if (source === this.source) last.set(subject, Math.max(sequence, last.get(subject) ?? 0));
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
    }
  }

  private async *own<Data>(definition: EventDefinition<Data>): AsyncGenerator<ReceivedEvent<Data>> {
    const seen = new Set<string>();
    for await (const event of readEvents(this.driver, definition)) {
      if (event.source !== this.source || seen.has(event.id)) continue;
      seen.add(event.id);
      yield event;
    }
  }

  private get source(): string {
    return `/risk-budget/${this.service}`;
  }
}
