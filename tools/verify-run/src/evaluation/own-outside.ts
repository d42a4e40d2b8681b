import type { Closes } from '../inputs/price-files.js';
import type { Vendor } from '../inputs/script-files.js';

/** The variance of a day that a vendor's stated rule gives after the close of a day, from closes up to it alone. */
export function ownOutsideVariance({ instrumentId, decay, windowDays }: Vendor, closes: Closes, day: string): number {
  const levels = [...closes]
    .filter(([date, own]) => date <= day && own.has(instrumentId))
    .map(([, own]) => Number(own.get(instrumentId)))
    .slice(-(windowDays + 1));
  const squares = levels.slice(1).map((level, t) => (level / (levels[t] ?? NaN) - 1) ** 2);
  const weights = squares.map((_, t) => decay ** (squares.length - 1 - t));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return squares.reduce((sum, square, t) => sum + square * (weights[t] ?? NaN), 0) / total;
}
