/**
 * An instant as a number that orders as PostgreSQL orders it: microseconds since 1970, exact for any year of a market, and ±∞ for
 * `infinity` and `-infinity`.
 */
export function microsOf(instant: string): number {
  if (instant === 'infinity') return Infinity;
  if (instant === '-infinity') return -Infinity;
  const beyondMillis = /\.\d{3}(\d{1,3})/.exec(instant)?.[1] ?? '';
  return Date.parse(instant) * 1_000 + Number(beyondMillis.padEnd(3, '0'));
}
