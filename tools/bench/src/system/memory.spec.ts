import { slopeOf } from './memory.js';

describe('the slope of memory', () => {
  it('is that of a line, whatever its start, and 0 where there is none', () => {
    const line = [10, 20, 30, 50].map((seconds) => ({ seconds, mebibytes: 400 + 0.5 * seconds }));
    expect(slopeOf(line)).toBeCloseTo(0.5, 12);
    expect(slopeOf(line.slice(0, 1))).toBe(0);
    expect(slopeOf([])).toBe(0);
  });
});
