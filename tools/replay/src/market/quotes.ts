import type { Bar } from '@risk-budget/contracts';
import { compareDecimals, multiplyDecimals, normalizeDecimal } from '@risk-budget/persistence';
import type { PlantedFault } from '../script/faults.schema.js';
import { faultsOf } from '../script/script.js';
import type { PriceTable } from './price-table.js';

/** A bar published again with another close. */
export interface Correction {
  readonly at: string;
  readonly bar: Bar;
}

/** What the market-data system quotes: raw closes with the planted faults in them. */
export class Quotes {
  constructor(
    private readonly prices: PriceTable,
    private readonly faults: readonly PlantedFault[],
    private readonly closeTime: string,
  ) {}

  /** The raw close that is right: the data's, times the ratio of each split that is still to come. */
  close(instrumentId: string, date: string): string | undefined {
    const adjusted = this.prices.closes(date).get(instrumentId);
    if (adjusted === undefined) return undefined;
    const splits = faultsOf(this.faults, 'split').filter(
      (split) => split.instrumentId === instrumentId && split.exDate > date,
    );
    return normalizeDecimal(splits.reduce((close, split) => multiplyDecimals(close, split.ratio), adjusted));
  }

  /** The last right closes of an instrument up to a day, oldest first, as the files have them: splits do not show. */
  closesUpTo(instrumentId: string, date: string, count: number): number[] {
    const days = this.prices.days('0000-00-00', date);
    const closes: number[] = [];
    for (let at = days.length - 1; at >= 0 && closes.length < count; at--) {
      const close = this.prices.closes(days[at] ?? '').get(instrumentId);
      if (close !== undefined) closes.push(Number(close));
    }
    return closes.reverse();
  }

  /** The bars of a day as they are first published: without stale instruments, with closes that are wrong. */
  bars(date: string): Bar[] {
    const bars: Bar[] = [];
    for (const instrumentId of this.prices.closes(date).keys()) {
      const close = this.close(instrumentId, date);
      if (close === undefined || this.isStale(instrumentId, date)) continue;
      bars.push(this.bar(instrumentId, date, this.published(instrumentId, date, close)));
    }
    return bars;
  }

  /** Bars of a day's faults that are put right later, in the order of their time. */
  corrections(): Correction[] {
    return faultsOf(this.faults, 'correction').map((fault) => {
      const close = this.close(fault.instrumentId, fault.date);
      if (close === undefined) throw new Error(`fault ${fault.id}: no price of ${fault.instrumentId} on ${fault.date}`);
      return { at: fault.correctedAt, bar: this.bar(fault.instrumentId, fault.date, close) };
    });
  }

  private published(instrumentId: string, date: string, close: string): string {
    const wrong = faultsOf(this.faults, 'correction').find(
      (fault) => fault.instrumentId === instrumentId && fault.date === date,
    );
    if (wrong === undefined || compareDecimals(wrong.wrongFactor, '1') === 0) return close;
    return normalizeDecimal(multiplyDecimals(close, wrong.wrongFactor));
  }

  private isStale(instrumentId: string, date: string): boolean {
    return faultsOf(this.faults, 'stale').some(
      (fault) => fault.instrumentId === instrumentId && fault.from <= date && date <= fault.to,
    );
  }

  private bar(instrumentId: string, date: string, close: string): Bar {
    return { instrumentId, time: `${date}T${this.closeTime}`, close, adjustmentFactor: '1' };
  }
}
