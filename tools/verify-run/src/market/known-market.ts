import { barsPublished, corporateActionAnnounced, instrumentDefined, type Instrument } from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';

interface KnownClose {
  readonly knownAt: string;
  readonly close: number;
}

interface KnownSplit {
  readonly exDate: string;
  readonly ratio: number;
  readonly positions: 'before' | 'after';
  readonly knownAt: string;
}

/** A price as of a moment. */
export interface OwnMark {
  readonly price: number;
  readonly time: string;
}

/** Prices, splits and instruments as they were known at any moment of the run, from the upstream topics. */
export class KnownMarket {
  /** By instrument and time of the bar, every close in the order in which it became known. */
  private readonly closes = new Map<string, Map<string, KnownClose[]>>();
  private readonly times = new Map<string, string[]>();
  private readonly splits = new Map<string, KnownSplit[]>();
  readonly instruments = new Map<string, { readonly knownAt: string; readonly data: Instrument }>();
  /** When something was learned, and the earliest time that it was about. */
  private readonly learned = new Map<string, string>();

  constructor(events: RunEvents) {
    for (const { envelope, data } of events.of(barsPublished)) {
      for (const bar of data.bars) {
        const series = this.closes.get(bar.instrumentId) ?? new Map<string, KnownClose[]>();
        this.closes.set(bar.instrumentId, series);
        const revisions = series.get(bar.time) ?? [];
        series.set(bar.time, revisions);
        revisions.push({ knownAt: envelope.time, close: Number(bar.close) });
        this.learn(envelope.time, bar.time);
      }
    }
    for (const [instrumentId, series] of this.closes) this.times.set(instrumentId, [...series.keys()].sort());
    for (const { envelope, data } of events.of(corporateActionAnnounced)) {
      if (data.kind !== 'split') continue;
      const known = this.splits.get(data.instrumentId) ?? [];
      this.splits.set(data.instrumentId, known);
      known.push({
        exDate: data.exDate,
        ratio: Number(data.ratio),
        positions: data.positions,
        knownAt: envelope.time,
      });
      this.learn(envelope.time, '');
    }
    for (const { envelope, data } of events.of(instrumentDefined)) {
      this.instruments.set(data.instrumentId, { knownAt: envelope.time, data });
      this.learn(envelope.time, '');
    }
  }

  /** Times of an instrument's last bars up to a moment, as known then or at another, oldest first. */
  barTimes(instrumentId: string, until: string, atMost: number, knownAt = until): string[] {
    const all = this.times.get(instrumentId) ?? [];
    const found: string[] = [];
    for (let i = all.length - 1; i >= 0 && found.length < atMost; i--) {
      const time = all[i] ?? '';
      if (time <= until && this.close(instrumentId, time, knownAt) !== undefined) found.push(time);
    }
    return found.reverse();
  }

  /** The last moment by `asOf` at which anything was learned of the time up to `until`: between two such moments answers stand still. */
  learnedBy(asOf: string, until: string): string {
    let last = '';
    for (const [knownAt, about] of this.learned) {
      if (knownAt <= asOf && about <= until && knownAt > last) last = knownAt;
    }
    return last;
  }

  private learn(knownAt: string, about: string): void {
    const before = this.learned.get(knownAt);
    if (before === undefined || about < before) this.learned.set(knownAt, about);
  }

  /** Time of an instrument's first bar. */
  firstTime(instrumentId: string): string | undefined {
    return this.times.get(instrumentId)?.[0];
  }

  /** The close of one bar as it was known at a moment. */
  close(instrumentId: string, time: string, knownAt: string): number | undefined {
    const revisions = this.closes.get(instrumentId)?.get(time) ?? [];
    return revisions.filter((revision) => revision.knownAt <= knownAt).at(-1)?.close;
  }

  /** The latest close by a moment, in shares of that moment's day. */
  mark(instrumentId: string, asOf: string): OwnMark | undefined {
    const times = this.times.get(instrumentId) ?? [];
    for (let i = times.length - 1; i >= 0; i--) {
      const time = times[i] ?? '';
      if (time > asOf) continue;
      const close = this.close(instrumentId, time, asOf);
      if (close !== undefined) return { time, price: close / this.splitFactor(instrumentId, time, asOf, asOf) };
    }
    return undefined;
  }

  /** New shares for one old share between the day of one time (excluded) and of another (included). */
  splitFactor(instrumentId: string, after: string, until: string, knownAt: string): number {
    let factor = 1;
    for (const split of this.splits.get(instrumentId) ?? []) {
      if (split.knownAt <= knownAt && split.exDate > after.slice(0, 10) && split.exDate <= until.slice(0, 10)) {
        factor *= split.ratio;
      }
    }
    return factor;
  }

  /** New shares for one old share on the day of a statement itself, when statements of that day count old shares. */
  splitOn(instrumentId: string, stated: string, knownAt: string): number {
    let factor = 1;
    for (const split of this.splits.get(instrumentId) ?? []) {
      if (split.knownAt <= knownAt && split.exDate === stated.slice(0, 10) && split.positions === 'before') {
        factor *= split.ratio;
      }
    }
    return factor;
  }
}
