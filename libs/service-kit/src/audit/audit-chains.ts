import type { Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { genesis, hashOf } from './audit-entry.js';
import type { AuditEntry, AuditRecord } from './audit.types.js';
import { canonicalJson } from './canonical-json.js';

/** A decision with its times, before it has its place in a chain. */
export interface Decision extends AuditRecord {
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
}

/** The end of a chain: its entries and the hash of the last one. */
interface Head {
  readonly chain: string;
  readonly length: number;
  readonly hash: string;
}

/** Gives decisions their places in their chains, in their order; the chains are locked until the transaction ends. */
export async function bindToChains(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const heads = await lockHeads(tx, [...new Set(decisions.map(({ chain }) => chain))].sort());
  const entries = decisions.map((decision): AuditEntry => {
    const { chain, actor, action, subject, data, occurredAt, recordedAt } = decision;
    const { length, hash: previous } = heads.get(chain) ?? { length: 0, hash: genesis };
    const content = { chain, position: length + 1, previous, occurredAt, recordedAt, actor, action, subject, data };
    const entry = { ...content, hash: hashOf(content) };
    heads.set(chain, { chain, length: entry.position, hash: entry.hash });
    return entry;
  });
  await executeLater(
    tx,
    `INSERT INTO audit_entry (chain, position, previous, hash, occurred_at, recorded_at, actor, action, subject, data)
     SELECT chain, position, previous, hash, occurred_at, recorded_at, actor::jsonb, action, subject, data::jsonb
       FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[],
         $9::text[], $10::text[])
         AS entry (chain, position, previous, hash, occurred_at, recorded_at, actor, action, subject, data)`,
    [
      entries.map(({ chain }) => chain),
      entries.map(({ position }) => position),
      entries.map(({ previous }) => previous),
      entries.map(({ hash }) => hash),
      entries.map(({ occurredAt }) => occurredAt),
      entries.map(({ recordedAt }) => recordedAt),
      entries.map(({ actor }) => canonicalJson(actor)),
      entries.map(({ action }) => action),
      entries.map(({ subject }) => subject),
      entries.map(({ data }) => canonicalJson(data)),
    ],
  );
  const changed = [...heads.values()];
  await executeLater(
    tx,
    `UPDATE audit_head AS head SET length = v.length, hash = v.hash
       FROM unnest($1::text[], $2::bigint[], $3::text[]) AS v (chain, length, hash) WHERE head.chain = v.chain`,
    [changed.map(({ chain }) => chain), changed.map(({ length }) => length), changed.map(({ hash }) => hash)],
  );
}

/** Ends of chains, locked in the order of their names; those that nothing is known of are made. */
async function lockHeads(tx: Tx, chains: readonly string[]): Promise<Map<string, Head>> {
  const lock = 'SELECT chain, length, hash FROM audit_head WHERE chain = ANY($1) ORDER BY chain FOR UPDATE';
  let heads = await rows<Head>(tx, lock, [chains]);
  if (heads.length < chains.length) {
    // Another transaction may make them at the same time.
    await executeLater(
      tx,
      'INSERT INTO audit_head (chain, length, hash) SELECT chain, 0, $2 FROM unnest($1::text[]) AS chain ON CONFLICT (chain) DO NOTHING',
      [chains, genesis],
    );
    heads = await rows<Head>(tx, lock, [chains]);
  }
  return new Map(heads.map((head) => [head.chain, head]));
}
