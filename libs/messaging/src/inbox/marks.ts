import type { Envelope } from '@risk-budget/contracts';
import { execute, rows, type Tx } from '@risk-budget/persistence';

/** How far a key is, from one source. */
export interface KeyProgress {
  key: string;
  source: string;
  /** Last sequence applied. */
  last: number;
  /** Messages to count as settled when the batch commits. */
  settled: number;
  changed: boolean;
}

/** Progress rows by key and source, locked: whoever else handles, parks or replays these keys waits. */
export class LockedProgress {
  private readonly entries = new Map<string, KeyProgress>();

  private constructor(private readonly topic: string) {}

  /** Locks the keys of some envelopes, in one order everywhere. */
  static async lock(
    tx: Tx,
    topic: string,
    envelopes: readonly Pick<Envelope, 'subject' | 'source'>[],
  ): Promise<LockedProgress> {
    const progress = new LockedProgress(topic);
    if (envelopes.length === 0) return progress;
    const wanted = new Map(envelopes.map(({ subject, source }) => [`${subject}\0${source}`, { subject, source }]));
    await progress.select(tx, [...wanted.values()]);
    const missing = [...wanted.values()].filter(
      ({ subject, source }) => !progress.entries.has(`${subject}\0${source}`),
    );
    if (missing.length === 0) return progress;
    missing.sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : a.source < b.source ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO inbox_progress (topic, key, source) SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
      [topic, missing.map(({ subject }) => subject), missing.map(({ source }) => source)],
    );
    await progress.select(tx, missing);
    return progress;
  }

  of(envelope: Pick<Envelope, 'subject' | 'source'>): KeyProgress {
    const entry = this.entries.get(`${envelope.subject}\0${envelope.source}`);
    if (entry === undefined) throw new Error(`the key ${envelope.subject} was not locked`);
    return entry;
  }

  settle(envelope: Pick<Envelope, 'subject' | 'source'>, count: number): void {
    if (count === 0) return;
    const entry = this.of(envelope);
    entry.settled += count;
    entry.changed = true;
  }

  applied(envelope: Pick<Envelope, 'subject' | 'source'>, sequence: number): void {
    const entry = this.of(envelope);
    entry.last = Math.max(entry.last, sequence);
    entry.changed = true;
  }

  async store(tx: Tx): Promise<void> {
    const changed = [...this.entries.values()].filter((entry) => entry.changed);
    if (changed.length === 0) return;
    await execute(
      tx,
      `UPDATE inbox_progress p SET last_sequence = greatest(p.last_sequence, v.last), settled = p.settled + v.settled
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS v(key, source, last, settled)
        WHERE p.topic = $1 AND p.key = v.key AND p.source = v.source`,
      [
        this.topic,
        changed.map((entry) => entry.key),
        changed.map((entry) => entry.source),
        changed.map((entry) => entry.last),
        changed.map((entry) => entry.settled),
      ],
      'inbox-progress-store',
    );
  }

  private async select(tx: Tx, wanted: readonly { subject: string; source: string }[]): Promise<void> {
    const found = await rows<{ key: string; source: string; last_sequence: number }>(
      tx,
      `SELECT key, source, last_sequence FROM inbox_progress
        WHERE topic = $1 AND key = ANY($2::text[]) ORDER BY key, source FOR UPDATE`,
      [this.topic, [...new Set(wanted.map(({ subject }) => subject))]],
      'inbox-progress-lock',
    );
    for (const { key, source, last_sequence } of found) {
      this.entries.set(`${key}\0${source}`, { key, source, last: last_sequence, settled: 0, changed: false });
    }
  }
}

/** Marks messages as seen and asks which keys are parked, under the locks of their keys. */
export async function mark(
  tx: Tx,
  topic: string,
  envelopes: readonly Envelope[],
): Promise<{ fresh: Set<string>; parked: Set<string> }> {
  if (envelopes.length === 0) return { fresh: new Set(), parked: new Set() };
  const found = await rows<{ kind: 'fresh' | 'parked'; first: string; second: string }>(
    tx,
    `WITH marks AS (
       INSERT INTO inbox (source, message_id, topic) SELECT s, m, $1 FROM unnest($2::text[], $3::text[]) AS v(s, m)
       ON CONFLICT DO NOTHING RETURNING source, message_id
     )
     SELECT 'fresh' AS kind, source AS first, message_id AS second FROM marks
     UNION ALL
     SELECT DISTINCT 'parked', key, '' FROM parked_message WHERE topic = $1 AND key = ANY($4::text[])`,
    [
      topic,
      envelopes.map(({ source }) => source),
      envelopes.map(({ id }) => id),
      [...new Set(envelopes.map(({ subject }) => subject))],
    ],
    'inbox-mark',
  );
  const fresh = new Set(found.filter((row) => row.kind === 'fresh').map((row) => `${row.first}\0${row.second}`));
  return { fresh, parked: new Set(found.filter((row) => row.kind === 'parked').map((row) => row.first)) };
}
