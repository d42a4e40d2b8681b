import type { BusinessDate, Instant } from '@risk-budget/contracts';
import type { AlignedReturns } from '@risk-budget/market-data';

/** Daily returns of instruments in one currency, from which those of any set of weights are made. */
export class ReturnsPanel {
  readonly dates: readonly BusinessDate[];
  readonly lastBarTime: Instant;
  private readonly columns: ReadonlyMap<string, number>;
  private readonly whole: ReadonlySet<string>;

  constructor(private readonly aligned: AlignedReturns) {
    this.dates = aligned.dates;
    this.lastBarTime = aligned.lastBarTime;
    this.columns = new Map(aligned.instrumentIds.map((id, column) => [id, column]));
    this.whole = new Set(aligned.proxied.filter(({ extent }) => extent === 'whole').map((one) => one.instrumentId));
  }

  /** Instruments of a set of weights without any returns here. */
  missing(weights: ReadonlyMap<string, number>): string[] {
    return [...weights.keys()].filter((id) => !this.columns.has(id));
  }

  /** Own returns in the window; 0 where others stand for the instrument. */
  observations(instrumentId: string): number {
    const column = this.columns.get(instrumentId);
    if (column === undefined || this.whole.has(instrumentId)) return 0;
    return this.aligned.observations[column] ?? 0;
  }

  /** Σ of weight × return on each day. Instruments without returns count as 0; ask {@link missing} before. */
  series(weights: ReadonlyMap<string, number>, from = 0): Float64Array {
    const { values, instrumentIds } = this.aligned;
    const width = instrumentIds.length;
    const result = new Float64Array(this.dates.length - from);
    for (const [id, weight] of weights) {
      const column = this.columns.get(id);
      if (column === undefined) continue;
      for (let t = 0; t < result.length; t++) result[t]! += weight * values[(t + from) * width + column]!;
    }
    return result;
  }

  /** Place of the last day at or before a date; −1 when there is none. */
  placeOf(date: BusinessDate): number {
    let place = this.dates.length - 1;
    while (place >= 0 && (this.dates[place] ?? '') > date) place--;
    return place;
  }
}
