import type { Instant } from '@risk-budget/contracts';
import { compareInstants } from '@risk-budget/service-kit';

/** Whether `a` lies before `b`; instants of different precision are compared by their time. */
export function isBefore(a: Instant, b: Instant): boolean {
  return compareInstants(a, b) < 0;
}

/** The later of two instants. */
export function laterOf(a: Instant, b: Instant): Instant {
  return isBefore(a, b) ? b : a;
}

/** The earlier of two instants; null stands for never. */
export function earlierOf(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null) return b;
  if (b === null) return a;
  return isBefore(b, a) ? b : a;
}

/** Whether an instant lies in [from, to); null stands for an open end. */
export function within(at: Instant, from: Instant, to: Instant | null): boolean {
  return !isBefore(at, from) && (to === null || isBefore(at, to));
}
