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

  constructor(private readonly topic: string) {}

  /** Locks the keys of some envelopes, in one order everywhere. */
  static async lock(
    tx: Tx,
    topic: string,
    envelopes: readonly Pick<Envelope, 'subject' | 'source'>[],
  ): Promise<LockedProgress> {
    return (
      await begin(
        tx,
        topic,
        envelopes.map(({ subject, source }) => ({ subject, source, id: null })),
      )
    ).progress;
  }

  /** Takes a key that is locked. */
  add(key: string, source: string, last: number): void {
    this.entries.set(`${key}\0${source}`, { key, source, last, settled: 0, changed: false });
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
    );
  }
}

/** What a batch knows when it begins. */
export interface BatchStart {
  progress: LockedProgress;
  /** `source\0id` of messages that were not seen before. */
  fresh: Set<string>;
  /** Keys that are parked. */
  parked: Set<string>;
}

/** Locks the keys of messages, marks those that have an id as seen, and asks which keys are parked. */
export async function begin(
  tx: Tx,
  topic: string,
  messages: readonly { subject: string; source: string; id: string | null }[],
): Promise<BatchStart> {
  const start: BatchStart = { progress: new LockedProgress(topic), fresh: new Set(), parked: new Set() };
  if (messages.length === 0) return start;
  const found = await rows<{ kind: 'progress' | 'fresh' | 'parked'; first: string; second: string; last: number }>(
    tx,
    'SELECT kind, first, second, last FROM inbox_begin($1, $2, $3, $4)',
    [topic, messages.map(({ subject }) => subject), messages.map(({ source }) => source), messages.map(({ id }) => id)],
  );
  for (const { kind, first, second, last } of found) {
    if (kind === 'progress') start.progress.add(first, second, last);
    else if (kind === 'fresh') start.fresh.add(`${first}\0${second}`);
    else start.parked.add(first);
  }
  return start;
}
