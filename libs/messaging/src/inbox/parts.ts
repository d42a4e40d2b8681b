import type { Envelope, EventDefinition } from '@risk-budget/contracts';
import { execute, executeLater, rows, type Tx } from '@risk-budget/persistence';
import type { DecodedMessage } from '../events/codec.js';
import { mergeParts, type EventPart } from '../events/merge.js';

/** A part of a set at hand, or kept from an earlier batch. */
interface Part extends EventPart {
  /** Counted already. */
  settled: boolean;
  stored: boolean;
}

/** A set that became whole. */
export interface WholeSet extends EventPart {
  /** How many of its parts are not counted yet, beside the one at hand. */
  unsettled: number;
}

/** Sets of parts within one batch: gathers what is at hand and what was kept, and hands over what becomes whole. */
export class PartSets {
  private readonly sets = new Map<string, Map<number, Part>>();
  private readonly whole = new Set<string>();

  private constructor(private readonly topic: string) {}

  /** Loads what was kept of the sets that some parts belong to. */
  static async load(
    tx: Tx,
    topic: string,
    envelopes: readonly Envelope[],
    read: (payload: string) => DecodedMessage,
  ): Promise<PartSets> {
    const sets = new PartSets(topic);
    const ids = [...new Set(envelopes.flatMap(({ setid }) => (setid === undefined ? [] : [setid])))];
    if (ids.length === 0) return sets;
    const kept = await rows<{ payload: string; settled: boolean }>(
      tx,
      'SELECT payload, settled FROM inbox_part WHERE topic = $1 AND set_id = ANY($2::uuid[])',
      [topic, ids],
    );
    for (const { payload, settled } of kept) {
      const { envelope, data } = read(payload);
      sets.add({ envelope, data, settled, stored: true });
    }
    return sets;
  }

  /** Takes a part at hand. @returns the whole set when this part completes it */
  take(definition: EventDefinition, envelope: Envelope, data: unknown, counted: boolean): WholeSet | undefined {
    this.add({ envelope, data, settled: counted, stored: false });
    const id = envelope.setid ?? '';
    const set = this.sets.get(id) ?? new Map<number, Part>();
    if (set.size < (envelope.parts ?? 0)) return undefined;
    this.whole.add(id);
    const parts = [...set.values()];
    const merged = mergeParts(definition.rows, parts);
    const unsettled = parts.filter((part) => !part.settled && part.envelope.id !== envelope.id).length;
    return merged === undefined ? undefined : { ...merged, unsettled };
  }

  /** Whether parts of a key are kept beyond this batch. */
  keeps(key: string): boolean {
    return [...this.sets].some(
      ([id, set]) => !this.whole.has(id) && [...set.values()].some(({ envelope }) => envelope.subject === key),
    );
  }

  /** Keeps the parts of sets that are not whole, forgets those of sets that became so. */
  async store(tx: Tx): Promise<void> {
    if (this.sets.size === 0) return;
    const keep = [...this.sets].filter(([id]) => !this.whole.has(id)).flatMap(([, set]) => [...set.values()]);
    const fresh = keep.filter((part) => !part.stored);
    if (fresh.length > 0) {
      await executeLater(
        tx,
        `INSERT INTO inbox_part (topic, set_id, part, parts, key, source, sequence, payload, settled)
         SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::boolean[])
         ON CONFLICT DO NOTHING`,
        [
          this.topic,
          fresh.map(({ envelope }) => envelope.setid),
          fresh.map(({ envelope }) => envelope.part),
          fresh.map(({ envelope }) => envelope.parts),
          fresh.map(({ envelope }) => envelope.subject),
          fresh.map(({ envelope }) => envelope.source),
          fresh.map(({ envelope }) => envelope.sequence),
          fresh.map(({ envelope }) => JSON.stringify(envelope)),
          fresh.map(({ settled }) => settled),
        ],
      );
    }
    const gone = [...this.whole];
    if (gone.length > 0) {
      await executeLater(tx, 'DELETE FROM inbox_part WHERE topic = $1 AND set_id = ANY($2::uuid[])', [
        this.topic,
        gone,
      ]);
    }
  }

  private add(part: Part): void {
    const id = part.envelope.setid ?? '';
    const set = this.sets.get(id) ?? new Map<number, Part>();
    this.sets.set(id, set);
    const number = part.envelope.part ?? 0;
    if (!set.has(number)) set.set(number, part);
  }
}

/** Counts the kept parts of a set that is parked, once. @returns how many were not counted before */
export async function settleParts(tx: Tx, topic: string, setIds: readonly string[]): Promise<number> {
  if (setIds.length === 0) return 0;
  return execute(
    tx,
    'UPDATE inbox_part SET settled = true WHERE topic = $1 AND set_id = ANY($2::uuid[]) AND NOT settled',
    [topic, setIds],
  );
}

/**
 * Forgets incomplete sets that a later state of their key has overtaken: on a state topic the rest of them is gone.
 *
 * @returns the parts that were not counted yet
 */
export async function dropOvertakenSets(
  tx: Tx,
  topic: string,
  applied: readonly { key: string; source: string; sequence: number }[],
): Promise<{ key: string; source: string }[]> {
  if (applied.length === 0) return [];
  const gone = await rows<{ key: string; source: string; settled: boolean }>(
    tx,
    `DELETE FROM inbox_part p USING unnest($2::text[], $3::text[], $4::bigint[]) AS v(key, source, sequence)
      WHERE p.topic = $1 AND p.key = v.key AND p.source = v.source AND p.sequence < v.sequence
      RETURNING p.key, p.source, p.settled`,
    [
      topic,
      applied.map(({ key }) => key),
      applied.map(({ source }) => source),
      applied.map(({ sequence }) => sequence),
    ],
  );
  return gone.filter(({ settled }) => !settled);
}
