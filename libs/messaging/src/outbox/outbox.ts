import { WallClock, type Clock, type EventDefinition } from '@risk-budget/contracts';
import { afterCommit, beforeCommit, dropUnsent, executeLater, rows, runLast, type Tx } from '@risk-budget/persistence';
import { notOurs } from '../errors.js';
import type { EventInput } from '../events/received-event.js';
import type { MessagingTracing } from '../events/tracing.js';
import { prepare, type PendingEvent } from './pending.js';
import { keepingStates } from './published-states.js';

/** What an event written in a batch handler may know beside its input. */
export interface OutboxInput<Data> extends EventInput<Data> {
  /** Trace to continue, where it is not that of what is being handled. */
  traceparent?: string;
}

export interface OutboxOptions {
  /** Wall clock, for `recordedAt`. */
  wall?: Clock;
  tracing?: MessagingTracing;
  /** Topics that the service may publish to, beside those of the platform; default every one. */
  publishes?: readonly string[];
}

/** A message as it stands in the outbox. */
export interface OutboxMessage {
  readonly id: number;
  readonly topic: string;
  readonly path: string;
  readonly key: string;
  readonly messageKey: string;
  readonly sequence: number;
  readonly payload: string;
}

interface Line {
  topic: string;
  path: string;
  key: string;
  messageKey: string;
  /** Which message of its key this is within the transaction, from 1. */
  nth: number;
  /** The envelope without its sequence, which stands first in what is stored. */
  body: string;
}

// The heads are locked in one order everywhere, then numbered; the rows are written under their locks, so that within a
// key the order of ids is the order of sequences.
const WRITE = `
WITH input AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[])
    WITH ORDINALITY AS v(topic, path, key, message_key, nth, body, ord)
), heads AS (
  INSERT INTO outbox_head AS head (topic, key, sequence)
  SELECT topic, key, count(*) FROM input GROUP BY topic, key ORDER BY topic, key
  ON CONFLICT (topic, key) DO UPDATE SET sequence = head.sequence + excluded.sequence
  RETURNING topic, key, sequence
), numbered AS (
  SELECT i.*, h.sequence - count(*) OVER (PARTITION BY i.topic, i.key) + i.nth AS sequence
    FROM input i JOIN heads h ON h.topic = i.topic AND h.key = i.key
)
INSERT INTO outbox (topic, path, key, message_key, sequence, payload)
SELECT topic, path, key, message_key, sequence, '{"sequence":' || sequence || ',' || body FROM numbered ORDER BY ord
RETURNING id, topic, key, sequence`;

/**
 * Writes events in the transaction that causes them. Their sequences are taken as the last thing before the commit, in
 * the order in which they were emitted, so that the rows that number a key are held as short as can be and the order of
 * a key is the order of commits. The relay then publishes them.
 */
export class Outbox {
  private readonly pending = new WeakMap<object, PendingEvent[]>();
  /** What was written at the end of a transaction, after which nothing but that end can take it back. */
  private readonly written = new WeakMap<object, OutboxMessage[]>();
  /** Transactions that have written before their end: of what became of that, only the table tells. */
  private readonly flushed = new WeakSet<object>();
  private readonly source: string;

  /** @param onCommit is told after each commit with events what was written; nothing where the table has to be asked */
  constructor(
    service: string,
    private readonly onCommit: (written: readonly OutboxMessage[]) => void = () => undefined,
    private readonly options: OutboxOptions = {},
  ) {
    this.source = `/risk-budget/${service}`;
  }

  /**
   * Writes one event.
   *
   * @returns the event's id
   * @throws `MESSAGING.INVALID_EVENT` when the data do not fit the definition's schema, `MESSAGING.EVENT_TOO_LARGE`,
   *   `MESSAGING.TOPIC_NOT_OURS` for a topic that the service is not declared to publish
   */
  async emit<Data>(tx: Tx, definition: EventDefinition<Data>, input: OutboxInput<Data>): Promise<string> {
    const { wall = new WallClock(), tracing, publishes } = this.options;
    const { owner, name } = definition.topic;
    if (publishes !== undefined && owner !== 'platform' && !publishes.includes(name)) throw notOurs(this.source, name);
    const event = prepare(this.source, definition, input, wall.now(), tracing);
    const runner = tx.queryRunner ?? tx;
    const waiting = this.pending.get(runner);
    if (waiting !== undefined) {
      waiting.push(event);
    } else if (beforeCommit(tx, () => this.end(tx))) {
      this.pending.set(runner, [event]);
      afterCommit(tx, () => this.committed(runner));
    } else {
      // A transaction that somebody else opened tells us nothing of its end: write at once.
      await write(tx, [event]);
    }
    return event.id;
  }

  /** Writes what was emitted in a transaction so far; needed only before a savepoint is released. */
  async flush(tx: Tx): Promise<void> {
    const runner = tx.queryRunner ?? tx;
    const waiting = this.pending.get(runner) ?? [];
    if (waiting.length === 0) return;
    this.flushed.add(runner);
    await write(tx, waiting.splice(0));
  }

  /** The last flush; what is emitted after it (by another hook before the commit) asks for one again. Its last statement travels with the commit. */
  private async end(tx: Tx): Promise<void> {
    const runner = tx.queryRunner ?? tx;
    const waiting = this.pending.get(runner) ?? [];
    this.pending.delete(runner);
    if (waiting.length === 0) return;
    const note = (messages: readonly OutboxMessage[]): void =>
      void this.written.set(runner, [...(this.written.get(runner) ?? []), ...messages]);
    if (waiting.some(({ state }) => state)) {
      const messages = await number(tx, waiting);
      note(messages);
      const keeping = keepingStates(waiting, messages);
      if (keeping !== undefined) runLast(tx, ...keeping);
    } else {
      const lines = linesOf(waiting);
      runLast<Numbered>(tx, WRITE, valuesOf(lines), (numbered) => note(messagesOf(lines, numbered)));
    }
  }

  private committed(runner: object): void {
    const written = this.written.get(runner) ?? [];
    this.written.delete(runner);
    this.onCommit(this.flushed.has(runner) ? [] : written);
  }

  /** Forgets what was emitted and not flushed, and what else was not sent yet: for a savepoint that is rolled back. */
  discard(tx: Tx): void {
    dropUnsent(tx);
    this.pending.get(tx.queryRunner ?? tx)?.splice(0);
  }
}

type Numbered = Pick<OutboxMessage, 'id' | 'topic' | 'key' | 'sequence'>;

async function write(tx: Tx, events: readonly PendingEvent[]): Promise<void> {
  const keeping = keepingStates(events, await number(tx, events));
  if (keeping !== undefined) await executeLater(tx, ...keeping);
}

async function number(tx: Tx, events: readonly PendingEvent[]): Promise<OutboxMessage[]> {
  const lines = linesOf(events);
  return messagesOf(lines, await rows<Numbered>(tx, WRITE, valuesOf(lines)));
}

function linesOf(events: readonly PendingEvent[]): Line[] {
  const counts = new Map<string, number>();
  return events.flatMap((event) =>
    event.envelopes.map((envelope): Line => {
      const id = `${event.topic}\0${event.key}`;
      const nth = (counts.get(id) ?? 0) + 1;
      counts.set(id, nth);
      return {
        topic: event.topic,
        path: event.path,
        key: event.key,
        messageKey: messageKey(event.key, envelope.part),
        nth,
        body: JSON.stringify(envelope).slice(1),
      };
    }),
  );
}

function valuesOf(lines: readonly Line[]): unknown[] {
  return [
    lines.map((line) => line.topic),
    lines.map((line) => line.path),
    lines.map((line) => line.key),
    lines.map((line) => line.messageKey),
    lines.map((line) => line.nth),
    lines.map((line) => line.body),
  ];
}

function messagesOf(lines: readonly Line[], numbered: readonly Numbered[]): OutboxMessage[] {
  // Rows are written, and so told, in the order of the lines.
  return numbered.flatMap(({ id, topic, key, sequence }, index) => {
    const line = lines[index];
    if (line?.topic !== topic || line.key !== key) return [];
    const { path, messageKey, body } = line;
    return { id, topic, path, key, messageKey, sequence, payload: `{"sequence":${sequence},${body}` };
  });
}

/** The key under which a state topic keeps a message: the parts of a set must not replace each other. */
export function messageKey(key: string, part: number | undefined): string {
  return part === undefined ? key : `${key}/${part}`;
}
