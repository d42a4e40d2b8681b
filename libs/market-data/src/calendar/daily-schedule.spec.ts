import { DailySchedule } from './daily-schedule.js';
import { xnys } from './xnys.js';

const schedule = new DailySchedule(xnys, '21:15');

describe('a daily schedule', () => {
  it.each([
    ['2020-03-06T21:14:59.999Z', '2020-03-06T21:15:00.000Z'],
    ['2020-03-06T21:15:00.000Z', '2020-03-09T21:15:00.000Z'],
    ['2020-04-09T22:00:00.000Z', '2020-04-13T21:15:00.000Z'],
  ])('comes next after %s at %s, weekends and holidays left out', (after, expected) => {
    expect(schedule.next(after)).toBe(expected);
  });

  it.each([
    ['2020-03-09T21:15:00.000Z', '2020-03-09T21:15:00.000Z'],
    ['2020-03-09T21:14:00.000Z', '2020-03-06T21:15:00.000Z'],
    ['2020-04-12T12:00:00.000Z', '2020-04-09T21:15:00.000Z'],
  ])('was last at or before %s at %s', (instant, expected) => {
    expect(schedule.last(instant)).toBe(expected);
  });

  it('refuses a calendar without business days instead of searching for ever', () => {
    const closed = new DailySchedule({ isBusinessDay: () => false }, '21:15');
    expect(() => closed.next('2020-01-01T00:00:00.000Z')).toThrow(RangeError);
  });
});
