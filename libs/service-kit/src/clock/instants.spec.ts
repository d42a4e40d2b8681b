import { compareInstants, nextMidnight, normalInstant, toMicros } from './instants.js';

describe('instants', () => {
  it('order as times, whatever their number of digits', () => {
    const sorted = [
      '2020-01-01T00:00:00Z',
      '2020-01-01T00:00:00.000001Z',
      '2020-01-01T00:00:00.5Z',
      '2020-01-01T00:00:01.000Z',
    ];
    expect([...sorted].reverse().sort(compareInstants)).toEqual(sorted);
    expect(compareInstants('2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000000Z')).toBe(0);
  });

  it('are kept with milliseconds, or microseconds where there are any', () => {
    expect(normalInstant('2020-03-09T21:00:00Z')).toBe('2020-03-09T21:00:00.000Z');
    expect(normalInstant('2020-03-09T21:00:00.1234567Z')).toBe('2020-03-09T21:00:00.123456Z');
    expect(normalInstant('2020-03-09T21:00Z')).toBe('2020-03-09T21:00:00.000Z');
    expect(() => toMicros('2020-03-09T21:00:00+01:00')).toThrow(RangeError);
  });

  it('know the next midnight', () => {
    expect(nextMidnight('2020-02-28T23:59:59.999Z')).toBe('2020-02-29T00:00:00.000Z');
    expect(nextMidnight('2020-12-31T00:00:00.000Z')).toBe('2021-01-01T00:00:00.000Z');
  });
});
