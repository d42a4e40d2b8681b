import type { Instant } from '@risk-budget/contracts';

/** An instant with exactly six digits of a second, so that texts order as times do. @throws RangeError when it is no UTC instant */
export function toMicros(instant: Instant): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?Z$/.exec(instant);
  const head = match?.[1];
  if (head === undefined) throw new RangeError(`"${instant}" is no UTC instant`);
  const seconds = head.length === 16 ? `${head}:00` : head;
  return `${seconds}.${(match?.[2] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
}

/** The form in which instants are stored and shown: milliseconds, or microseconds where there are any. */
export function normalInstant(instant: Instant): Instant {
  const micros = toMicros(instant);
  return micros.endsWith('000Z') ? `${micros.slice(0, -4)}Z` : micros;
}

/** Negative when `a` is earlier than `b`, positive when it is later. */
export function compareInstants(a: Instant, b: Instant): number {
  const [left, right] = [toMicros(a), toMicros(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The next midnight, UTC, strictly after an instant. */
export function nextMidnight(instant: Instant): Instant {
  const day = new Date(`${instant.slice(0, 10)}T00:00:00.000Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString();
}
