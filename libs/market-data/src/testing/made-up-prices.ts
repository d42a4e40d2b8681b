import type { BusinessDate } from '@risk-budget/contracts';
import { xnys } from '../calendar/xnys.js';

/** A series to make up: how much of the market is in it, and its own risk. */
export interface Series {
  readonly instrumentId: string;
  readonly beta: number;
  readonly ownRisk: number;
  /** First day that it has a bar on; the first of all when absent. */
  readonly from?: BusinessDate;
}

/** Reproducible closes: a market and, beside it, each series' own noise. */
export class Prices {
  private readonly closes = new Map<BusinessDate, Map<string, number>>();

  constructor(
    series: readonly Series[],
    readonly days: readonly BusinessDate[],
    seed = 7,
  ) {
    const random = generator(seed);
    const levels = new Map(series.map(({ instrumentId }) => [instrumentId, 100]));
    for (const day of days) {
      const market = 0.02 * random();
      const closes = new Map<string, number>();
      for (const { instrumentId, beta, ownRisk, from } of series) {
        const level = (levels.get(instrumentId) ?? 100) * (1 + beta * market + ownRisk * random());
        levels.set(instrumentId, level);
        if (from === undefined || day >= from) closes.set(instrumentId, level);
      }
      this.closes.set(day, closes);
    }
  }

  bars(day: BusinessDate): { instrumentId: string; time: string; close: string; adjustmentFactor: string }[] {
    return [...(this.closes.get(day) ?? [])].map(([instrumentId, close]) => ({
      instrumentId,
      time: `${day}T21:00:00.000Z`,
      close: close.toFixed(8),
      adjustmentFactor: '1',
    }));
  }
}

/** Trading days of New York that end on a day. */
export function tradingDays(count: number, last: BusinessDate): BusinessDate[] {
  return Array.from({ length: count }, (_, index) => xnys.addBusinessDays(last, index + 1 - count));
}

/** Uniform on (−½, ½), the same sequence for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}
