import { execute, executeLater, type Tx } from '@risk-budget/persistence';
import type { Item } from './item.js';

/** Why a message was refused by its handler. */
export interface FailureRecord {
  code: string | undefined;
  text: string;
  attempts: number;
}

/** Appends messages to what is parked, in order. */
export async function insertParked(
  tx: Tx,
  topic: string,
  items: readonly Item[],
  failure: FailureRecord | undefined,
): Promise<void> {
  const heads = items.flatMap((item) => (item.decoded === undefined ? [] : [item.decoded.envelope]));
  if (heads.length === 0) return;
  await executeLater(
    tx,
    `INSERT INTO parked_message (topic, key, source, message_id, type, sequence, correlation_id, payload, reason, error_code, error, attempts)
     SELECT $1, v.key, v.source, v.message_id, v.type, v.sequence, v.correlation_id, v.payload, $2, $3, $4, $5
       FROM unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[])
         WITH ORDINALITY AS v(key, source, message_id, type, sequence, correlation_id, payload, ord) ORDER BY v.ord`,
    [
      topic,
      failure === undefined ? 'behindFailed' : 'failed',
      failure?.code ?? null,
      failure?.text ?? null,
      failure?.attempts ?? 0,
      heads.map(({ subject }) => subject),
      heads.map(({ source }) => source),
      heads.map(({ id }) => id),
      heads.map(({ type }) => type),
      heads.map(({ sequence }) => sequence),
      heads.map(({ correlationid }) => correlationid),
      items.flatMap((item) => (item.decoded === undefined ? [] : [item.message.payload])),
    ],
  );
}

/** Keeps messages that cannot be read, once each; the relay sends them on to the dead-letter topic. @returns how many were new */
export async function insertDeadLetters(tx: Tx, topic: string, items: readonly Item[]): Promise<number> {
  if (items.length === 0) return 0;
  return execute(
    tx,
    `INSERT INTO dead_letter (topic, key, reference, reason, payload)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`,
    [
      topic,
      items.map((item) => item.key),
      items.map((item) => item.message.reference),
      items.map((item) => (item.unreadable?.reason ?? 'unreadable').slice(0, 2_000)),
      // PostgreSQL keeps no null characters in a text.
      items.map((item) => item.message.payload.replaceAll('\0', '\uFFFD')),
    ],
  );
}
