import { dateOf, type Instant } from '@risk-budget/contracts';
import type { PartMark } from '../inputs/portfolio-parts.js';

/** A price that becomes visible within a stretch of time. */
export interface ComingMark {
  readonly instrumentId: string;
  readonly price: number;
  /** When it was a price. */
  readonly time: Instant;
  /** From when on a question sees it: it was a price by then, and known. */
  readonly visibleFrom: Instant;
  readonly source: 'bar' | 'tick';
}

/**
 * The marks of some instruments at one moment after the other of one day, from those at its start and the ticks that come in between: what
 * the store answers at each moment, without asking it.
 */
export class MarkTimeline {
  private readonly current: Map<string, PartMark>;
  private next = 0;

  private constructor(
    start: ReadonlyMap<string, PartMark>,
    private readonly coming: readonly ComingMark[],
  ) {
    this.current = new Map(start);
  }

  /**
   * @param coming in the order in which they become visible
   * @returns undefined when that is not ticks of that day alone, each at a time of its own: the store has to be asked then
   */
  static of(
    start: ReadonlyMap<string, PartMark>,
    coming: readonly ComingMark[],
    day: string,
  ): MarkTimeline | undefined {
    const times = new Set([...start].map(([instrumentId, { time }]) => keyOf(instrumentId, time)));
    for (const { instrumentId, time, source } of coming) {
      const key = keyOf(instrumentId, time);
      if (source !== 'tick' || dateOf(time) !== day || times.has(key)) return undefined;
      times.add(key);
    }
    return new MarkTimeline(start, coming);
  }

  /** Goes on to a moment, not before that of the last call. @returns what has changed since, the last price of each instrument */
  advance(moment: Instant): ComingMark[] {
    const now = Date.parse(moment);
    const changed = new Map<string, ComingMark>();
    for (; this.next < this.coming.length; this.next++) {
      const mark = this.coming[this.next];
      if (mark === undefined || Date.parse(mark.visibleFrom) > now) break;
      const known = this.current.get(mark.instrumentId);
      if (known !== undefined && Date.parse(known.time) > Date.parse(mark.time)) continue;
      this.current.set(mark.instrumentId, { price: mark.price, time: mark.time });
      changed.set(mark.instrumentId, mark);
    }
    return [...changed.values()];
  }

  /** The marks at the moment gone on to; a map of its own. */
  marks(): ReadonlyMap<string, PartMark> {
    return new Map(this.current);
  }
}

function keyOf(instrumentId: string, time: Instant): string {
  return `${instrumentId} ${Date.parse(time)}`;
}
