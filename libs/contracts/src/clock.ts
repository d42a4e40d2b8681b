/** An instant of business or wall time, ISO-8601 in UTC with milliseconds or finer, for example `2020-03-09T21:00:00.000Z`. */
export type Instant = string;

/** A calendar day, `YYYY-MM-DD`. */
export type BusinessDate = string;

/**
 * Where domain code takes the time from. Business time decides every number, deadline and expiry; in production it is wall time, in a
 * replay it follows `upstream/clock.advanced`.
 */
export interface Clock {
  now(): Instant;
}

/** Wall time, for production and for `recordedAt` everywhere. */
export class WallClock implements Clock {
  now(): Instant {
    return new Date().toISOString();
  }
}

/** A clock that stands where it was put: for unit tests and for computing as of a moment. */
export class FixedClock implements Clock {
  constructor(private instant: Instant) {}

  now(): Instant {
    return this.instant;
  }

  set(instant: Instant): void {
    this.instant = instant;
  }
}

/** The UTC day on which an instant falls. */
export function dateOf(instant: Instant): BusinessDate {
  return instant.slice(0, 10);
}
