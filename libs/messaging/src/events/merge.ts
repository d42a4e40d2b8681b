import type { Envelope } from '@risk-budget/contracts';

/** A part of a set: its envelope and its checked data. */
export interface EventPart {
  envelope: Envelope;
  data: unknown;
}

/**
 * The event whose parts these are: the rows joined in the order of the parts, all else from the first, the sequence
 * of the last.
 *
 * @param field the array that was cut, as the event's definition names it
 */
export function mergeParts(field: string | undefined, parts: readonly EventPart[]): EventPart | undefined {
  const sorted = [...parts].sort((a, b) => (a.envelope.part ?? 0) - (b.envelope.part ?? 0));
  const first = sorted[0];
  if (first === undefined || field === undefined) return undefined;
  const rows = sorted.flatMap(({ data }) => (data as Record<string, unknown[]>)[field] ?? []);
  return {
    envelope: { ...first.envelope, sequence: Math.max(...sorted.map(({ envelope }) => envelope.sequence)) },
    data: { ...(first.data as Record<string, unknown>), [field]: rows },
  };
}

/** Gathers parts in memory, for readers that keep nothing. */
export class PartCollector {
  private readonly sets = new Map<string, Map<number, EventPart>>();

  /** @returns the whole event when this part completes it, or when it was not cut at all */
  take(field: string | undefined, part: EventPart): EventPart | undefined {
    const { setid, part: number = 0, parts = 0 } = part.envelope;
    if (setid === undefined) return part;
    const set = this.sets.get(setid) ?? new Map<number, EventPart>();
    this.sets.set(setid, set.set(number, part));
    if (set.size < parts) return undefined;
    this.sets.delete(setid);
    return mergeParts(field, [...set.values()]);
  }
}
