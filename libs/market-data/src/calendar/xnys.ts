import type { BusinessDate } from '@risk-budget/contracts';
import { unknownCalendar } from '../errors.js';
import { BusinessCalendar } from './business-calendar.js';
import { dayNumber, toDate } from './days.js';

/** Whole-day closings that follow no rule: funerals of presidents, September 2001, hurricane Sandy. */
const exceptionalClosings = new Set([
  '1994-04-27',
  '2001-09-11',
  '2001-09-12',
  '2001-09-13',
  '2001-09-14',
  '2004-06-11',
  '2007-01-02',
  '2012-10-29',
  '2012-10-30',
  '2018-12-05',
  '2025-01-09',
]);

const holidaysByYear = new Map<number, ReadonlySet<BusinessDate>>();

/** The New York Stock Exchange: its holidays by rule from 1990 on, sessions 14:30 to 21:00 UTC. */
export const xnys = new BusinessCalendar('XNYS', isHoliday, '14:30', '21:00');

const calendars: ReadonlyMap<string, BusinessCalendar> = new Map([[xnys.id, xnys]]);

/** The calendar that a portfolio names. @throws MarketDataError `MARKET_DATA.UNKNOWN_CALENDAR` */
export function businessCalendar(id: string): BusinessCalendar {
  const calendar = calendars.get(id);
  if (calendar === undefined) throw unknownCalendar(id, [...calendars.keys()]);
  return calendar;
}

function isHoliday(date: BusinessDate): boolean {
  const year = Number(date.slice(0, 4));
  let holidays = holidaysByYear.get(year);
  if (holidays === undefined) {
    holidays = new Set(holidaysOf(year));
    holidaysByYear.set(year, holidays);
  }
  return holidays.has(date) || exceptionalClosings.has(date);
}

function holidaysOf(year: number): BusinessDate[] {
  const fixed = (month: number, day: number): BusinessDate => observed(date(year, month, day));
  const days = [
    newYear(year),
    nthWeekday(year, 2, 1, 3), // Washington's Birthday
    toDate(easterSunday(year) - 2), // Good Friday
    lastMonday(year, 5), // Memorial Day
    fixed(7, 4),
    nthWeekday(year, 9, 1, 1), // Labor Day
    nthWeekday(year, 11, 4, 4), // Thanksgiving
    fixed(12, 25),
  ];
  if (year >= 1998) days.push(nthWeekday(year, 1, 1, 3)); // Martin Luther King Jr. Day
  if (year >= 2022) days.push(fixed(6, 19)); // Juneteenth
  return days;
}

function date(year: number, month: number, day: number): BusinessDate {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

const weekdayOf = (day: number): number => (day + 4) % 7;

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday. */
function observed(holiday: BusinessDate): BusinessDate {
  const day = dayNumber(holiday);
  return toDate(day + (weekdayOf(day) === 6 ? -1 : weekdayOf(day) === 0 ? 1 : 0));
}

/** New Year's Day on a Saturday is not made up for: the Friday before ends the year's accounts. */
function newYear(year: number): BusinessDate {
  const day = dayNumber(date(year, 1, 1));
  return toDate(day + (weekdayOf(day) === 0 ? 1 : 0));
}

function nthWeekday(year: number, month: number, weekday: number, nth: number): BusinessDate {
  const first = dayNumber(date(year, month, 1));
  return toDate(first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1));
}

function lastMonday(year: number, month: number): BusinessDate {
  const last = dayNumber(date(year, month + 1, 1)) - 1;
  return toDate(last - ((weekdayOf(last) - 1 + 7) % 7));
}

/** Day number of Easter Sunday, Gregorian (Meeus, Astronomical Algorithms, chapter 8). */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dayNumber(date(year, Math.floor(n / 31), (n % 31) + 1));
}
