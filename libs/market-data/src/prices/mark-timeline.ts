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

/** A price that has come, perhaps after later ones. */
export interface ArrivedMark {
  readonly instrumentId: string;
  readonly price: number;
  /** When it was a price. */
  readonly time: Instant;
  /** The moment of the portfolio's state that it is part of: not before its own time, nor before that of the one that came before it. */
  readonly moment: Instant;
}

/**
 * The marks of some instruments after one arriving tick and the next, all of one day, from those at the start: what the store answers as of the
 * moment of each as long as those behind it have not come, without asking it. Ticks that are known and become visible with time come in between.
 */
export class MarkTimeline {
  private readonly current: Map<string, PartMark>;
  private nextComing = 0;
  private nextArrived = 0;

  private constructor(
    start: ReadonlyMap<string, PartMark>,
    private readonly coming: readonly ComingMark[],
    private readonly arrived: readonly ArrivedMark[],
  ) {
    this.current = new Map(start);
  }

  /**
   * @param coming in the order in which they become visible
   * @param arrived in the order in which they have come; of two of the same time the later one counts
   * @returns undefined when these are not ticks of that day alone, or it takes more than them to say which of two of the same time counts: the
   *   store has to be asked then
   */
  static of(
    start: ReadonlyMap<string, PartMark>,
    coming: readonly ComingMark[],
    arrived: readonly ArrivedMark[],
    day: string,
  ): MarkTimeline | undefined {
    const times = new Set([...start].map(([instrumentId, { time }]) => keyOf(instrumentId, time)));
    const late = new Set(arrived.map(({ instrumentId, time }) => keyOf(instrumentId, time)));
    for (const { instrumentId, time, source } of coming) {
      const key = keyOf(instrumentId, time);
      if (source !== 'tick' || dateOf(time) !== day || times.has(key) || late.has(key)) return undefined;
      times.add(key);
    }
    for (const { instrumentId, time, moment } of arrived) {
      const known = start.get(instrumentId);
      const isOfBar = known !== undefined && known.source !== 'tick' && Date.parse(known.time) === Date.parse(time);
      if (isOfBar || dateOf(time) !== day || Date.parse(time) > Date.parse(moment)) return undefined;
    }
    return new MarkTimeline(start, coming, arrived);
  }

  /** The moment of the last tick gone on to; undefined before the first. */
  get moment(): Instant | undefined {
    return this.arrived[this.nextArrived - 1]?.moment;
  }

  /** Goes on to where the next tick has come. @returns what has changed since the one before, the last price of each instrument */
  advance(): { readonly instrumentId: string; readonly price: number }[] {
    const arrived = this.arrived[this.nextArrived++];
    if (arrived === undefined) return [];
    const now = Date.parse(arrived.moment);
    const changed = new Map<string, ArrivedMark | ComingMark>();
    for (; this.nextComing < this.coming.length; this.nextComing++) {
      const mark = this.coming[this.nextComing];
      if (mark === undefined || Date.parse(mark.visibleFrom) > now) break;
      if (this.take(mark)) changed.set(mark.instrumentId, mark);
    }
    if (this.take(arrived)) changed.set(arrived.instrumentId, arrived);
    return [...changed.values()];
  }

  /** The marks as they are then; a map of its own. */
  marks(): ReadonlyMap<string, PartMark> {
    return new Map(this.current);
  }

  /** @returns false for a price of what is not marked here, and for one that is older than the one known */
  private take({ instrumentId, price, time }: ArrivedMark | ComingMark): boolean {
    const known = this.current.get(instrumentId);
    if (known === undefined || Date.parse(known.time) > Date.parse(time)) return false;
    this.current.set(instrumentId, { price, time, source: 'tick' });
    return true;
  }
}

function keyOf(instrumentId: string, time: Instant): string {
  return `${instrumentId} ${Date.parse(time)}`;
}
