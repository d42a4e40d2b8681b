import type { Envelope } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';

/** How far a key is, from one source. */
export interface KeyProgress {
  key: string;
  source: string;
  /** Last sequence applied. */
  last: number;
  /** Messages to count as settled when the batch commits. */
  settled: number;
  /** What of both is written already. */
  written: { last: number; settled: number };
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
        envelopes.map(({ subject, source }) => ({ subject, source, id: null, alone: false, sequence: null })),
      )
    ).progress;
  }

  /** Takes a key that is locked. */
  add(key: string, source: string, last: number): void {
    this.entries.set(`${key}\0${source}`, { key, source, last, settled: 0, written: { last, settled: 0 } });
  }

  /** Takes note of what was written of a key when it was locked. */
  wrote(key: string, source: string, written: KeyProgress['written']): void {
    this.of({ subject: key, source }).written = written;
  }

  of(envelope: Pick<Envelope, 'subject' | 'source'>): KeyProgress {
    const entry = this.entries.get(`${envelope.subject}\0${envelope.source}`);
    if (entry === undefined) throw new Error(`the key ${envelope.subject} was not locked`);
    return entry;
  }

  settle(envelope: Pick<Envelope, 'subject' | 'source'>, count: number): void {
    this.of(envelope).settled += count;
  }

  applied(envelope: Pick<Envelope, 'subject' | 'source'>, sequence: number): void {
    const entry = this.of(envelope);
    entry.last = Math.max(entry.last, sequence);
  }

  /** Writes what came out otherwise than was written when the keys were locked. */
  async store(tx: Tx): Promise<void> {
    const changed = [...this.entries.values()].filter(
      ({ last, settled, written }) => last !== written.last || settled !== written.settled,
    );
    if (changed.length === 0) return;
    await executeLater(
      tx,
      `UPDATE inbox_progress p SET last_sequence = v.last, settled = p.settled + v.settled
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS v(key, source, last, settled)
        WHERE p.topic = $1 AND p.key = v.key AND p.source = v.source`,
      [
        this.topic,
        changed.map((entry) => entry.key),
        changed.map((entry) => entry.source),
        changed.map((entry) => entry.last),
        changed.map((entry) => entry.settled - entry.written.settled),
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
  /** Keys of which parts of sets are kept. */
  partial: Set<string>;
}

/** A message that a batch begins with. */
export interface MessageMark {
  subject: string;
  source: string;
  /** Null for one that only locks its key: a message of a replay was marked and counted before. */
  id: string | null;
  /** Whether it is settled by itself: all but the parts of sets. */
  alone: boolean;
  /** Its sequence, when it is going to be applied as far as its envelope can tell. */
  sequence: number | null;
}

interface MarkRow {
  kind: 'progress' | 'fresh' | 'counted' | 'parked' | 'partial';
  first: string;
  second: string;
  last: number;
  count: number;
}

/** Locks the keys of messages, marks and counts those that were not seen before, and asks which keys are parked. */
export async function begin(tx: Tx, topic: string, messages: readonly MessageMark[]): Promise<BatchStart> {
  const [progress, fresh, parked, partial] = [
    new LockedProgress(topic),
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ];
  const start: BatchStart = { progress, fresh, parked, partial };
  if (messages.length === 0) return start;
  const found = await rows<MarkRow>(
    tx,
    'SELECT kind, first, second, last, count FROM inbox_take($1, $2, $3, $4, $5, $6)',
    [
      topic,
      messages.map(({ subject }) => subject),
      messages.map(({ source }) => source),
      messages.map(({ id }) => id),
      messages.map(({ alone }) => (alone ? 1 : 0)),
      messages.map(({ sequence }) => sequence),
    ],
  );
  for (const { kind, first, second, last, count } of found) {
    if (kind === 'progress') progress.add(first, second, last);
    else if (kind === 'fresh') fresh.add(`${first}\0${second}`);
    else if (kind === 'counted') progress.wrote(first, second, { last, settled: count });
    else if (kind === 'parked') parked.add(first);
    else partial.add(first);
  }
  return start;
}
