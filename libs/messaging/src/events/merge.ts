import { joinRows, type Envelope } from '@risk-budget/contracts';

/** A part of a set: its envelope and its checked data. */
export interface EventPart {
  envelope: Envelope;
  data: unknown;
}

/**
 * The event whose parts these are: the rows joined in the order of the parts, all else from the first, the sequence
 * of the last.
 *
 * @param paths the arrays that were cut, as the event's definition names them
 */
export function mergeParts(paths: readonly string[], parts: readonly EventPart[]): EventPart | undefined {
  const sorted = [...parts].sort((a, b) => (a.envelope.part ?? 0) - (b.envelope.part ?? 0));
  const first = sorted[0];
  if (first === undefined || paths.length === 0) return undefined;
  return {
    envelope: { ...first.envelope, sequence: Math.max(...sorted.map(({ envelope }) => envelope.sequence)) },
    data: joinRows(
      sorted.map(({ data }) => data),
      paths,
    ),
  };
}

/** Gathers parts in memory, for readers that keep nothing. */
export class PartCollector {
  private readonly sets = new Map<string, Map<number, EventPart>>();

  /** @returns the whole event when this part completes it, or when it was not cut at all */
  take(paths: readonly string[], part: EventPart): EventPart | undefined {
    const { setid, part: number = 0, parts = 0 } = part.envelope;
    if (setid === undefined) return part;
    const set = this.sets.get(setid) ?? new Map<number, EventPart>();
    this.sets.set(setid, set.set(number, part));
    if (set.size < parts) return undefined;
    this.sets.delete(setid);
    return mergeParts(paths, [...set.values()]);
  }
}
