import { microsOf } from './moments.js';

describe('instants as numbers', () => {
  it('order to the microsecond, between the ends of time', () => {
    const ordered = [
      '-infinity',
      '1990-01-02T21:00:00.000Z',
      '2020-01-02T21:00:00.000Z',
      '2020-01-02T21:00:00.000001Z',
      '2020-01-02T21:00:00.00001Z',
      '2020-01-02T21:00:00.001Z',
      'infinity',
    ];
    const numbers = ordered.map(microsOf);
    expect(numbers.slice(1).every((number, i) => number > (numbers[i] ?? NaN))).toBe(true);
    expect(microsOf('1970-01-01T00:00:00.000123Z')).toBe(123);
  });
});
