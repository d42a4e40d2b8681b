import { topicPath, type TopicDefinition } from '@risk-budget/contracts';
import { executeLater, rows, type Persistence } from '@risk-budget/persistence';
import type { MessagingDriver, StoredMessage } from '../driver/driver.js';
import { decodeEnvelope, UnreadableMessage } from '../events/codec.js';
import type { OutboxMessage } from './outbox.js';
import type { PendingEvent } from './pending.js';

/** A message of the last event of a key, as it was published. */
export type StateMessage = Omit<OutboxMessage, 'id'>;

/** Parts of a set that is gone are deleted by those of the one that takes its place; both hold the lock of the key's head. */
const KEEP = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
    AS v(topic, key, message_key, path, sequence, payload)
), gone AS (
  DELETE FROM outbox_state s USING (SELECT topic, key, array_agg(message_key) AS kept FROM given GROUP BY topic, key) g
   WHERE s.topic = g.topic AND s.key = g.key AND s.message_key <> ALL (g.kept)
)
INSERT INTO outbox_state AS s (topic, key, message_key, path, sequence, payload)
SELECT topic, key, message_key, path, sequence, payload FROM given
ON CONFLICT (topic, key, message_key)
  DO UPDATE SET path = excluded.path, sequence = excluded.sequence, payload = excluded.payload, wanted = false
  WHERE s.sequence < excluded.sequence`;

/** A statement that keeps messages, with its parameters. */
function keeping(messages: readonly StateMessage[]): [sql: string, parameters: unknown[]] {
  return [
    KEEP,
    [
      messages.map((message) => message.topic),
      messages.map((message) => message.key),
      messages.map((message) => message.messageKey),
      messages.map((message) => message.path),
      messages.map((message) => message.sequence),
      messages.map((message) => message.payload),
    ],
  ];
}

/**
 * The statement that keeps the last event of each key of state topics, for the transaction that has written them; undefined where there
 * are none.
 *
 * @param messages those of the events, in their order
 */
export function keepingStates(
  events: readonly PendingEvent[],
  messages: readonly StateMessage[],
): [sql: string, parameters: unknown[]] | undefined {
  const last = new Map<string, readonly StateMessage[]>();
  let from = 0;
  for (const { state, topic, key, envelopes } of events) {
    const own = messages.slice(from, (from += envelopes.length));
    if (state) last.set(`${topic}\0${key}`, own);
  }
  return last.size === 0 ? undefined : keeping([...last.values()].flat());
}

/** The state topics that a service owns, as it published them last. */
export class PublishedStates {
  constructor(
    private readonly persistence: Persistence,
    private readonly driver: MessagingDriver,
    private readonly source: string,
  ) {}

  /**
   * Asks for the last event of one key, or of each, to be published again as it was: same id, sequence and text, so that whoever has
   * applied it drops it. The relay publishes.
   *
   * @returns how many events
   */
  async want(topic: TopicDefinition, key?: string): Promise<number> {
    await this.learn(topic);
    const wanted = await this.persistence.query<{ key: string }>(
      'UPDATE outbox_state SET wanted = true WHERE topic = $1 AND ($2::text IS NULL OR key = $2) RETURNING key',
      [topic.name, key ?? null],
    );
    return new Set(wanted.map((row) => row.key)).size;
  }

  /** How many messages of a topic wait to be published again. */
  async waiting(topic: TopicDefinition): Promise<number> {
    const [row] = await this.persistence.query<{ n: number }>(
      'SELECT count(*) AS n FROM outbox_state WHERE topic = $1 AND wanted',
      [topic.name],
    );
    return row?.n ?? 0;
  }

  /** Takes from the log what was published by a version that did not keep it. */
  private async learn(topic: TopicDefinition): Promise<void> {
    const unknown = await this.persistence.query<{ key: string }>(
      `SELECT key FROM outbox_head h WHERE topic = $1
         AND NOT EXISTS (SELECT 1 FROM outbox_state s WHERE s.topic = h.topic AND s.key = h.key)`,
      [topic.name],
    );
    if (unknown.length === 0) return;
    const keys = new Set(unknown.map(({ key }) => key));
    const last = new Map<string, Map<string, StateMessage>>();
    for await (const messages of this.driver.read(topicPath(topic))) {
      for (const message of messages) if (keys.has(message.orderingKey)) this.note(topic, message, last);
    }
    for (const [key, found] of last) {
      await this.persistence.transaction(async (tx) => {
        // Whoever publishes a later state holds this lock, and has kept it by the time we have it.
        await rows(tx, 'SELECT 1 FROM outbox_head WHERE topic = $1 AND key = $2 FOR UPDATE', [topic.name, key]);
        const known = await rows(tx, 'SELECT 1 FROM outbox_state WHERE topic = $1 AND key = $2', [topic.name, key]);
        if (known.length === 0) await executeLater(tx, ...keeping([...found.values()]));
      });
    }
  }

  /** Keeps the messages of the last event of each key: one, or the parts of a set. */
  private note(topic: TopicDefinition, message: StoredMessage, last: Map<string, Map<string, StateMessage>>): void {
    const head = envelopeOf(message.payload);
    if (head?.source !== this.source) return;
    const { subject: key, sequence, setid, part } = head;
    const known = last.get(key);
    const first = known?.values().next().value;
    const sameSet = first !== undefined && setid !== undefined && envelopeOf(first.payload)?.setid === setid;
    if (!sameSet && first !== undefined && first.sequence >= sequence) return;
    const found = sameSet && known !== undefined ? known : new Map<string, StateMessage>();
    found.set(String(part ?? 0), {
      topic: topic.name,
      key,
      messageKey: message.key,
      path: message.topic,
      sequence,
      payload: message.payload,
    });
    last.set(key, found);
  }
}

function envelopeOf(payload: string): ReturnType<typeof decodeEnvelope> | undefined {
  try {
    return decodeEnvelope(payload);
  } catch (error) {
    if (error instanceof UnreadableMessage) return undefined;
    throw error;
  }
}
