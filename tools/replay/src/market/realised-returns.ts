import type { RealisedReturnsStated } from '@risk-budget/contracts';
import type { Book } from './book.js';

/** A close of an instrument on a day of the replay. */
export type CloseOf = (instrumentId: string, date: string) => string | undefined;

export interface ReturnsQuestion {
  readonly date: string;
  /** The trading day before it: its closes are where the returns start from. */
  readonly previous: string;
  readonly knownAt: string;
  readonly benchmarkId: string;
}

/**
 * What performance measurement states of a day: each position's weight at the start of the day and its return over it, beside the benchmark.
 *
 * @param book with the holdings of the start of the day
 * @throws Error for a position without a close on one of the two days
 */
export function realisedReturnsOf(
  book: Book,
  { date, previous, knownAt, benchmarkId }: ReturnsQuestion,
  closeOf: CloseOf,
): RealisedReturnsStated {
  const priceOf = (instrumentId: string, on: string): number => {
    const close = closeOf(instrumentId, on);
    if (close === undefined) throw new Error(`${instrumentId} has no close on ${on}`);
    return Number(close);
  };
  const returnOf = (instrumentId: string): number => priceOf(instrumentId, date) / priceOf(instrumentId, previous) - 1;
  const holdings = book.holdings().map(({ strategy, instrumentId, quantityChange }) => {
    return { strategy, instrumentId, value: Number(quantityChange) * priceOf(instrumentId, previous) };
  });
  const nav = holdings.reduce((sum, { value }) => sum + value, Number(book.cashBalance));
  return {
    portfolioId: book.portfolioId,
    date,
    knownAt,
    level: 'security',
    rows: [
      ...holdings.map(({ strategy, instrumentId, value }) => ({
        ...{ strategy, instrumentId, weight: value / nav, return: returnOf(instrumentId), benchmarkWeight: 0 },
      })),
      {
        ...{ strategy: 'benchmark', sector: 'benchmark', instrumentId: benchmarkId, weight: 0, return: 0 },
        ...{ benchmarkWeight: 1, benchmarkReturn: returnOf(benchmarkId) },
      },
    ],
  };
}
