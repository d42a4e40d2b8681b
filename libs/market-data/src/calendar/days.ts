import type { BusinessDate } from '@risk-budget/contracts';

const MILLISECONDS_PER_DAY = 86_400_000;

/** Days since 1970-01-01, a Thursday. */
export function dayNumber(date: BusinessDate): number {
  return Math.floor(Date.parse(`${date}T00:00:00.000Z`) / MILLISECONDS_PER_DAY);
}

/** The date of a day number. */
export function toDate(day: number): BusinessDate {
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

/** Calendar days from one date to another. */
export function daysBetween(from: BusinessDate, to: BusinessDate): number {
  return dayNumber(to) - dayNumber(from);
}
