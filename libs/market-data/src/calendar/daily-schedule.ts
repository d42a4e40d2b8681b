import type { BusinessDate, Instant } from '@risk-budget/contracts';

/** The days on which something is done. */
export interface BusinessDays {
  isBusinessDay(date: BusinessDate): boolean;
}

const LONGEST_CLOSURE_DAYS = 30;

/** What happens once a business day at a time of day, such as some time after the close. */
export class DailySchedule {
  /** @param timeOfDay `HH:MM`, UTC */
  constructor(
    private readonly days: BusinessDays,
    private readonly timeOfDay: string,
  ) {}

  /** The first time strictly after an instant. Times are whole minutes, so that instants may be compared to the millisecond. */
  next(after: Instant): Instant {
    return this.search(after, 1, (time) => Date.parse(time) > Date.parse(after));
  }

  /** The last time at or before an instant. */
  last(atOrBefore: Instant): Instant {
    return this.search(atOrBefore, -1, (time) => Date.parse(time) <= Date.parse(atOrBefore));
  }

  private search(from: Instant, step: 1 | -1, found: (time: Instant) => boolean): Instant {
    const day = new Date(`${from.slice(0, 10)}T00:00:00.000Z`);
    for (let tried = 0; tried <= LONGEST_CLOSURE_DAYS; tried++, day.setUTCDate(day.getUTCDate() + step)) {
      const date = day.toISOString().slice(0, 10);
      const time = `${date}T${this.timeOfDay}:00.000Z`;
      if (this.days.isBusinessDay(date) && found(time)) return time;
    }
    throw new RangeError(`the calendar has no business day within ${LONGEST_CLOSURE_DAYS} days of ${from}`);
  }
}
