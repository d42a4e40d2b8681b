import fc from 'fast-check';
import { businessCalendar, xnys } from './xnys.js';

describe('the New York calendar', () => {
  it.each([
    ['1997-01-20', true], // before Martin Luther King Jr. Day was kept
    ['1998-01-19', false],
    ['2001-09-11', false],
    ['2010-12-31', true], // New Year's Day 2011 fell on a Saturday
    ['2012-10-29', false],
    ['2015-07-03', false],
    ['2019-04-19', false],
    ['2020-02-17', false],
    ['2020-04-10', false],
    ['2020-05-25', false],
    ['2020-11-26', false],
    ['2021-06-18', true],
    ['2021-12-24', false],
    ['2022-06-20', false],
    ['2023-01-02', false],
    ['2030-12-25', false],
    ['2020-03-07', false],
    ['2020-03-09', true],
  ])('%s is a business day: %s', (date, expected) => {
    expect(xnys.isBusinessDay(date)).toBe(expected);
  });

  it('counts only session time towards a deadline', () => {
    expect(xnys.addBusinessHours('2020-03-06T20:00:00.000Z', 2)).toBe('2020-03-09T15:30:00.000Z');
    expect(xnys.addBusinessHours('2020-04-09T21:30:00.000Z', 6.5)).toBe('2020-04-13T21:00:00.000Z');
    expect(xnys.addBusinessHours('2020-03-09T02:00:00.000Z', 0)).toBe('2020-03-09T14:30:00.000Z');
    expect(xnys.nextOpen('2020-04-09T14:30:00.000Z')).toBe('2020-04-09T14:30:00.000Z');
    expect(xnys.nextOpen('2020-04-09T14:30:00.001Z')).toBe('2020-04-13T14:30:00.000Z');
    expect(xnys.isOpen('2020-04-09T21:00:00.000Z')).toBe(false);
  });

  it('measures what it added', () => {
    const start = Date.parse('2019-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * 365 * 24 * 60 }), fc.integer({ min: 0, max: 6000 }), (minute, wait) => {
        const from = new Date(start + minute * 60_000).toISOString();
        const to = xnys.addBusinessHours(from, wait / 60);
        expect(xnys.businessHoursBetween(from, to)).toBeCloseTo(wait / 60, 9);
      }),
      { numRuns: 200 },
    );
  });

  it('steps over days and counts them back', () => {
    expect(xnys.addBusinessDays('2020-04-09', 1)).toBe('2020-04-13');
    expect(xnys.addBusinessDays('2020-04-13', -1)).toBe('2020-04-09');
    expect(xnys.addBusinessDays('2020-04-11', 0)).toBe('2020-04-13');
    expect(xnys.businessDaysBetween('2020-04-09', '2020-04-14')).toBe(2);
    expect(xnys.businessDaysBetween('2020-04-14', '2020-04-09')).toBe(-2);
  });

  it('is the only one known', () => {
    expect(businessCalendar('XNYS')).toBe(xnys);
    expect(() => businessCalendar('XLON')).toThrow('MARKET_DATA.UNKNOWN_CALENDAR');
  });
});
