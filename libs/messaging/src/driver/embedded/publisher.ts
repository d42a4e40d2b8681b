import { maxMessageBytes } from '@risk-budget/contracts';
import { isTransientConflict } from '@risk-budget/persistence';
import { messageTooLarge } from '../../errors.js';
import type { OutgoingMessage } from '../driver.js';
import type { BusDatabase } from './bus-database.js';
import type { FreshRow } from './message-row.js';
import { slotOf } from './slot-of.js';
import type { TopicTable } from './topic-table.js';
import type { FreshMessages } from './wake-ups.js';

/** Messages and characters that one statement carries at most. */
const MAX_MESSAGES = 1_000;
const MAX_CHARACTERS = 4_000_000;

interface Waiting {
  messages: readonly OutgoingMessage[];
  sizes: number[];
  characters: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

// The topics' rows are locked in one order, so that two publishers of the same topics do not lock each other out. The
// locks are held to the end of the statement: the order of positions is the order of commits.
const INSERT = `
WITH input AS (
  SELECT * FROM unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::int[], $6::text[])
    WITH ORDINALITY AS t(topic_id, slot, key, ordering_key, size, payload, ord)
), locked AS MATERIALIZED (
  SELECT id FROM topic WHERE id IN (SELECT topic_id FROM input) ORDER BY id FOR NO KEY UPDATE
), heads AS (
  UPDATE topic t SET last_position = t.last_position + c.n
    FROM (SELECT topic_id, count(*) AS n FROM input GROUP BY topic_id) c, locked
   WHERE t.id = c.topic_id AND locked.id = t.id
  RETURNING t.id, t.last_position, t.last_position - c.n AS base, clock_timestamp() AS published_at
), inserted AS (
  INSERT INTO message (topic_id, position, slot, key, ordering_key, size, payload, published_at)
  SELECT i.topic_id, h.base + row_number() OVER (PARTITION BY i.topic_id ORDER BY i.ord), i.slot, i.key, i.ordering_key, i.size, i.payload,
         h.published_at
    FROM input i JOIN heads h ON h.id = i.topic_id
)
SELECT id, base, published_at FROM heads, set_config('synchronous_commit', coalesce($7, current_setting('synchronous_commit')), true)`;

/** What a statement has appended to one topic. */
interface Appended {
  id: number;
  /** Its last position before. */
  base: number;
  published_at: string;
}

/** Appends messages to the log. What is handed over while a statement runs goes together in the next. */
export class Publisher {
  private queue: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: BusDatabase,
    private readonly topics: Pick<TopicTable, 'id' | 'sentAgain'>,
    private readonly onPublished: (fresh: readonly FreshMessages[]) => void,
    /** How long the first of a run waits for others to be written with it: what is published in the same breath, by default. */
    private readonly gathered: () => Promise<void> = () => Promise.resolve(),
  ) {}

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const sizes = messages.map((message) => Buffer.byteLength(message.payload));
    const large = sizes.findIndex((size) => size > maxMessageBytes);
    const message = messages[large];
    if (message !== undefined) {
      return Promise.reject(messageTooLarge(message.topic, message.key, sizes[large] ?? 0, maxMessageBytes));
    }
    return new Promise((resolve, reject) => {
      const characters = messages.reduce((sum, { payload }) => sum + payload.length, 0);
      this.queue.push({ messages, sizes, characters, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Until everything handed over is written or refused. */
  async drain(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await this.gathered();
    while (this.queue.length > 0) await this.writeGroup(this.take());
    // In the same turn as the last look at the queue: what comes later starts a new run.
    this.running = undefined;
  }

  private async writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await this.write(group);
      for (const waiting of group) waiting.resolve();
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }

  private take(): Waiting[] {
    let [messages, characters, count] = [0, 0, 0];
    for (const waiting of this.queue) {
      messages += waiting.messages.length;
      characters += waiting.characters;
      if (count > 0 && (messages > MAX_MESSAGES || characters > MAX_CHARACTERS)) break;
      count++;
    }
    return this.queue.splice(0, count);
  }

  private async write(group: readonly Waiting[]): Promise<void> {
    const messages = group.flatMap((waiting) => waiting.messages);
    const topics = await Promise.all(messages.map((message) => this.topics.id(message.topic)));
    const sizes = group.flatMap((waiting) => waiting.sizes);
    const slots = messages.map((message) => slotOf(message.orderingKey));
    const appended = await this.insert([
      topics,
      slots,
      messages.map((message) => message.key),
      messages.map((message) => message.orderingKey),
      sizes,
      messages.map((message) => message.payload),
      // Else the row of the topic stays locked until the disk has answered, and its publishers wait for each other.
      messages.every((message) => this.topics.sentAgain(message.topic)) ? 'off' : null,
    ]);
    this.onPublished(
      appended.map(({ id, base, published_at }) => {
        const rows: FreshRow[] = [];
        messages.forEach(({ key, orderingKey, payload }, index) => {
          if (topics[index] !== id) return;
          const position = base + rows.length + 1;
          const [slot = 0, size = 0] = [slots[index], sizes[index]];
          rows.push({ position, slot, key, ordering_key: orderingKey, payload, size, published_at });
        });
        return { topicId: id, after: base, rows };
      }),
    );
  }

  private async insert(values: unknown[], attempt = 0): Promise<Appended[]> {
    try {
      return await this.database.query<Appended & Record<string, unknown>>('publish', INSERT, values);
    } catch (error) {
      if (attempt < 3 && isTransientConflict(error)) return this.insert(values, attempt + 1);
      throw error;
    }
  }
}
