import { bindNow, execute, isInfrastructureError, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { notParked, unknownParked } from '../errors.js';
import { decodeEnvelope } from '../events/codec.js';
import { recordFailure } from '../inbox/failure.js';
import type { Outbox } from '../outbox/outbox.js';
import type { TopicHandling } from '../topic-handling.js';
import { pageBounds, toPage, type Page, type PageRequest } from './page.js';

/** A message that its handler refused, or that waits behind such a one. */
export interface ParkedMessage {
  id: string;
  topic: string;
  key: string;
  source: string;
  messageId: string;
  type: string;
  sequence: number;
  /** `failed`: refused by its handler. `behindFailed`: a later message of that key. */
  reason: 'failed' | 'behindFailed';
  errorCode: string | null;
  error: string | null;
  attempts: number;
  correlationId: string;
  parkedAt: string;
  /** The envelope as it came. */
  payload: string;
}

/** A parked key, with what stopped it. */
export interface ParkedKey {
  topic: string;
  key: string;
  messages: number;
  parkedAt: string;
  errorCode: string | null;
  error: string | null;
}

export interface ReplayResult {
  topic: string;
  key: string;
  /** Messages handled, in order. */
  replayed: number;
  /** Messages still parked; 0 when the key goes on by itself. */
  remaining: number;
  /** The message that was refused again. */
  failed: { id: string; errorCode: string | null; error: string } | null;
}

const COLUMNS = `id::text, topic, key, source, message_id AS "messageId", type, sequence, reason, error_code AS "errorCode",
  error, attempts, correlation_id AS "correlationId", parked_at AS "parkedAt", payload`;

const REPLAY_BATCH = 200;

/** What a service has parked: to look at, to replay once its cause is gone, to discard. */
export class ParkedMessages {
  constructor(
    private readonly persistence: Persistence,
    private readonly outbox: Outbox,
    private readonly handling: (topic: string) => TopicHandling,
    private readonly onSettled: () => void,
  ) {}

  /** Parked messages by id, oldest first. */
  async list(request: PageRequest & { topic?: string; key?: string } = {}): Promise<Page<ParkedMessage>> {
    const { limit, after } = pageBounds(request);
    const found = await this.persistence.query<ParkedMessage>(
      `SELECT ${COLUMNS} FROM parked_message
        WHERE id > $1 AND ($2::text IS NULL OR topic = $2) AND ($3::text IS NULL OR key = $3)
        ORDER BY parked_message.id LIMIT $4`,
      [after, request.topic ?? null, request.key ?? null, limit + 1],
    );
    return toPage(found, limit);
  }

  /** Every parked key, longest parked first; at most 1,000. */
  async keys(): Promise<ParkedKey[]> {
    return this.persistence.query<ParkedKey>(
      `SELECT topic, key, count(*) AS messages, min(parked_at) AS "parkedAt",
              (array_agg(error_code ORDER BY id))[1] AS "errorCode", (array_agg(error ORDER BY id))[1] AS error
         FROM parked_message GROUP BY topic, key ORDER BY min(id) LIMIT 1000`,
    );
  }

  /** @throws `MESSAGING.UNKNOWN_PARKED_MESSAGE` */
  async get(id: string): Promise<ParkedMessage> {
    const [found] = await this.persistence.query<ParkedMessage>(`SELECT ${COLUMNS} FROM parked_message WHERE id = $1`, [
      toId(id),
    ]);
    if (found === undefined) throw unknownParked(id);
    return found;
  }

  /**
   * Handles a key's parked messages in order. What succeeds is kept; at the first that is refused again the rest stays
   * parked. The key goes on by itself from the transaction that handles the last one.
   *
   * @throws `MESSAGING.NOT_PARKED`
   */
  async replay(topic: string, key: string): Promise<ReplayResult> {
    const result: ReplayResult = { topic, key, replayed: 0, remaining: 0, failed: null };
    for (let first = true; ; first = false) {
      const step = await this.persistence.transaction((tx) => this.replayBatch(tx, topic, key));
      this.onSettled();
      result.replayed += step.replayed;
      result.remaining = step.remaining;
      result.failed = step.failed;
      if (first && step.replayed === 0 && step.failed === null) throw notParked(topic, key);
      if (step.remaining === 0 || step.failed !== null) return result;
    }
  }

  /**
   * Drops a parked message for good (of a set of parts: the set). A key with nothing left goes on by itself.
   *
   * @throws `MESSAGING.UNKNOWN_PARKED_MESSAGE`
   */
  async discard(id: string): Promise<ParkedMessage> {
    const message = await this.get(id);
    const { setid } = decodeEnvelope(message.payload);
    await this.persistence.transaction(async (tx) => {
      await this.handling(message.topic).inbox.lockKey(tx, message.key, message.source);
      const dropped = await execute(
        tx,
        `DELETE FROM parked_message WHERE id = $1 OR ($2::text IS NOT NULL AND topic = $3 AND key = $4 AND strpos(payload, $2) > 0)`,
        [toId(id), setid === undefined ? null : `"setid":"${setid}"`, message.topic, message.key],
      );
      if (dropped === 0) throw unknownParked(id);
      if (setid !== undefined) {
        await execute(tx, 'DELETE FROM inbox_part WHERE topic = $1 AND set_id = $2', [message.topic, setid]);
      }
    });
    return message;
  }

  private async replayBatch(tx: Tx, topic: string, key: string): Promise<Omit<ReplayResult, 'topic' | 'key'>> {
    const handling = this.handling(topic);
    const [head] = await rows<{ source: string }>(
      tx,
      'SELECT source FROM parked_message WHERE topic = $1 AND key = $2 ORDER BY id LIMIT 1',
      [topic, key],
    );
    if (head === undefined) return { replayed: 0, remaining: 0, failed: null };
    // Asked again under the lock: another operator may have replayed meanwhile.
    await handling.inbox.lockKey(tx, key, head.source);
    // By the number itself: a bare `id` would be the text of the output, in which 10 comes before 9.
    const parked = await rows<{ id: string; payload: string }>(
      tx,
      `SELECT id::text, payload FROM parked_message WHERE topic = $1 AND key = $2
        ORDER BY parked_message.id LIMIT $3`,
      [topic, key, REPLAY_BATCH],
    );
    let replayed = 0;
    let failed: ReplayResult['failed'] = null;
    for (const message of parked) {
      failed = await this.replayOne(tx, handling, message);
      if (failed !== null) break;
      replayed++;
    }
    const [left] = await rows<{ n: number }>(
      tx,
      'SELECT count(*) AS n FROM parked_message WHERE topic = $1 AND key = $2',
      [topic, key],
    );
    return { replayed, remaining: left?.n ?? 0, failed };
  }

  private async writeAll(tx: Tx): Promise<void> {
    await bindNow(tx);
    await this.outbox.flush(tx);
  }

  /** Inside a savepoint, so that the ones before it are kept when it is refused. */
  private async replayOne(
    tx: Tx,
    handling: TopicHandling,
    message: { id: string; payload: string },
  ): Promise<ReplayResult['failed']> {
    await this.writeAll(tx);
    await tx.query('SAVEPOINT replay');
    try {
      await handling.inbox.replay(tx, message.payload, handling.handle(1, true));
      await this.writeAll(tx);
      await execute(tx, 'DELETE FROM parked_message WHERE id = $1', [message.id]);
      await tx.query('RELEASE SAVEPOINT replay');
      return null;
    } catch (error) {
      if (isInfrastructureError(error)) throw error;
      this.outbox.discard(tx);
      await tx.query('ROLLBACK TO SAVEPOINT replay');
      const { code, text } = recordFailure(error, 1);
      await execute(
        tx,
        `UPDATE parked_message SET reason = 'failed', error_code = $2, error = $3, attempts = attempts + 1 WHERE id = $1`,
        [message.id, code ?? null, text],
      );
      return { id: message.id, errorCode: code ?? null, error: text };
    }
  }
}

function toId(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw unknownParked(id);
  return id;
}
