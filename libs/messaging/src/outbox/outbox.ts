import { WallClock, type Clock, type EventDefinition } from '@risk-budget/contracts';
import { afterCommit, beforeCommit, execute, rows, type Tx } from '@risk-budget/persistence';
import type { EventInput } from '../events/received-event.js';
import { prepare, type PendingEvent } from './pending.js';

/** What an event written in a batch handler may know beside its input. */
export interface OutboxInput<Data> extends EventInput<Data> {
  /** Trace to continue, where it is not that of the active span. */
  traceparent?: string;
}

interface OutboxRow {
  topic: string;
  path: string;
  key: string;
  messageKey: string;
  sequence: number;
  payload: string;
}

/**
 * Writes events in the transaction that causes them. Their sequences are taken as the last thing before the commit, in
 * the order in which they were emitted, so that the rows that number a key are held as short as can be and the order of
 * a key is the order of commits. The relay then publishes them.
 */
export class Outbox {
  private readonly pending = new WeakMap<object, PendingEvent[]>();
  private readonly source: string;

  constructor(
    service: string,
    private readonly onCommit: () => void = () => undefined,
    private readonly wall: Clock = new WallClock(),
  ) {
    this.source = `/risk-budget/${service}`;
  }

  /**
   * Writes one event.
   *
   * @returns the event's id
   * @throws `MESSAGING.INVALID_EVENT` when the data do not fit the definition's schema, `MESSAGING.EVENT_TOO_LARGE`
   */
  async emit<Data>(tx: Tx, definition: EventDefinition<Data>, input: OutboxInput<Data>): Promise<string> {
    const event = prepare(this.source, definition, input, this.wall.now());
    const runner = tx.queryRunner ?? tx;
    const waiting = this.pending.get(runner);
    if (waiting !== undefined) {
      waiting.push(event);
    } else if (beforeCommit(tx, () => this.end(tx))) {
      this.pending.set(runner, [event]);
      afterCommit(tx, this.onCommit);
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
    if (waiting.length > 0) await write(tx, waiting.splice(0));
  }

  /** The last flush; what is emitted after it (by another hook before the commit) asks for one again. */
  private async end(tx: Tx): Promise<void> {
    const waiting = this.pending.get(tx.queryRunner ?? tx) ?? [];
    this.pending.delete(tx.queryRunner ?? tx);
    if (waiting.length > 0) await write(tx, waiting);
  }

  /** Forgets what was emitted and not flushed: for a savepoint that is rolled back. */
  discard(tx: Tx): void {
    this.pending.get(tx.queryRunner ?? tx)?.splice(0);
  }
}

async function write(tx: Tx, events: readonly PendingEvent[]): Promise<void> {
  const wanted = new Map<string, { topic: string; key: string; count: number }>();
  for (const { topic, key, envelopes } of events) {
    const id = `${topic}\0${key}`;
    const head = wanted.get(id) ?? { topic, key, count: 0 };
    head.count += envelopes.length;
    wanted.set(id, head);
  }
  const heads = await takeSequences(tx, [...wanted.values()]);
  const lines = events.flatMap((event) => {
    const id = `${event.topic}\0${event.key}`;
    const first = heads.get(id) ?? 1;
    heads.set(id, first + event.envelopes.length);
    return event.envelopes.map((body, index): OutboxRow => ({
      topic: event.topic,
      path: event.path,
      key: event.key,
      messageKey: messageKey(event.key, body.part),
      sequence: first + index,
      payload: JSON.stringify({ ...body, sequence: first + index }),
    }));
  });
  await execute(
    tx,
    `INSERT INTO outbox (topic, path, key, message_key, sequence, payload)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])`,
    [
      lines.map((line) => line.topic),
      lines.map((line) => line.path),
      lines.map((line) => line.key),
      lines.map((line) => line.messageKey),
      lines.map((line) => line.sequence),
      lines.map((line) => line.payload),
    ],
    'outbox-insert',
  );
}

/** Takes runs of sequences for keys, locking them in one order everywhere. @returns the first of each run */
async function takeSequences(
  tx: Tx,
  wanted: readonly { topic: string; key: string; count: number }[],
): Promise<Map<string, number>> {
  const sorted = [...wanted].sort((a, b) => compare(a.topic, b.topic) || compare(a.key, b.key));
  const taken = await rows<{ topic: string; key: string; sequence: number }>(
    tx,
    `INSERT INTO outbox_head AS head (topic, key, sequence)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
     ON CONFLICT (topic, key) DO UPDATE SET sequence = head.sequence + excluded.sequence
     RETURNING topic, key, sequence`,
    [sorted.map((head) => head.topic), sorted.map((head) => head.key), sorted.map((head) => head.count)],
    'outbox-heads',
  );
  const counts = new Map(sorted.map((head) => [`${head.topic}\0${head.key}`, head.count]));
  return new Map(
    taken.map((head) => {
      const id = `${head.topic}\0${head.key}`;
      return [id, head.sequence - (counts.get(id) ?? 0) + 1];
    }),
  );
}

/** The key under which a state topic keeps a message: the parts of a set must not replace each other. */
export function messageKey(key: string, part: number | undefined): string {
  return part === undefined ? key : `${key}/${part}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
