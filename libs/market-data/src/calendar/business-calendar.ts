import type { BusinessDate, Instant } from '@risk-budget/contracts';
import { dayNumber, toDate } from './days.js';

/** Trading hours of a day, in UTC all year. */
export interface Session {
  readonly open: Instant;
  readonly close: Instant;
}

/**
 * Business days and hours. Sessions stand at fixed hours of UTC all year: deadlines do not jump with daylight saving,
 * and early closes count as whole days.
 */
export class BusinessCalendar {
  /** Hours of a session. */
  readonly hoursPerDay: number;

  constructor(
    readonly id: string,
    private readonly holiday: (date: BusinessDate) => boolean,
    /** `HH:MM`, UTC. */
    private readonly opens: string,
    private readonly closes: string,
  ) {
    this.hoursPerDay = (minutesOf(closes) - minutesOf(opens)) / 60;
  }

  /** Neither a weekend nor a holiday. */
  isBusinessDay(date: BusinessDate): boolean {
    const weekday = (dayNumber(date) + 4) % 7;
    return weekday !== 0 && weekday !== 6 && !this.holiday(date);
  }

  /** The session of a business day; undefined on other days. */
  session(date: BusinessDate): Session | undefined {
    return this.isBusinessDay(date)
      ? { open: `${date}T${this.opens}:00.000Z`, close: `${date}T${this.closes}:00.000Z` }
      : undefined;
  }

  /** Whether the instant lies in a session, its first moment included. */
  isOpen(instant: Instant): boolean {
    const session = this.session(instant.slice(0, 10));
    const time = Date.parse(instant);
    return session !== undefined && time >= Date.parse(session.open) && time < Date.parse(session.close);
  }

  /** The first opening at or after the instant. */
  nextOpen(instant: Instant): Instant {
    const time = Date.parse(instant);
    for (let day = dayNumber(instant.slice(0, 10)); ; day++) {
      const session = this.session(toDate(day));
      if (session !== undefined && Date.parse(session.open) >= time) return session.open;
    }
  }

  /** The instant after so many hours of session time; time outside sessions does not count. */
  addBusinessHours(instant: Instant, hours: number): Instant {
    let rest = Math.round(hours * 3_600_000);
    let from = Date.parse(instant);
    for (let day = dayNumber(instant.slice(0, 10)); ; day++) {
      const session = this.session(toDate(day));
      if (session === undefined) continue;
      from = Math.max(from, Date.parse(session.open));
      const left = Date.parse(session.close) - from;
      if (left < 0) continue;
      if (rest <= left) return new Date(from + rest).toISOString();
      rest -= left;
    }
  }

  /** Hours of session time between two instants; 0 when `to` is not after `from`. */
  businessHoursBetween(from: Instant, to: Instant): number {
    const [start, end] = [Date.parse(from), Date.parse(to)];
    let total = 0;
    for (let day = dayNumber(from.slice(0, 10)); day <= dayNumber(to.slice(0, 10)); day++) {
      const session = this.session(toDate(day));
      if (session === undefined) continue;
      total += Math.max(0, Math.min(end, Date.parse(session.close)) - Math.max(start, Date.parse(session.open)));
    }
    return total / 3_600_000;
  }

  /** The business day so many business days after (before, when negative) a date; for 0 the date itself or the next business day. */
  addBusinessDays(date: BusinessDate, days: number): BusinessDate {
    let day = dayNumber(date);
    const step = days < 0 ? -1 : 1;
    if (days === 0) while (!this.isBusinessDay(toDate(day))) day++;
    for (let left = Math.abs(days); left > 0;) {
      day += step;
      if (this.isBusinessDay(toDate(day))) left--;
    }
    return toDate(day);
  }

  /** Business days in (from, to]; negative when `to` is before `from`. */
  businessDaysBetween(from: BusinessDate, to: BusinessDate): number {
    if (to < from) return -this.businessDaysBetween(to, from);
    let count = 0;
    for (let day = dayNumber(from) + 1; day <= dayNumber(to); day++) if (this.isBusinessDay(toDate(day))) count++;
    return count;
  }
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
