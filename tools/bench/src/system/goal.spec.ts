import { judge } from './goal.js';

describe('a goal', () => {
  it('is met at its bound where it is a least, and only inside it where it is a most', () => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    expect(judge([{ name: 'speed', value: 10, unit: 'days/s', atLeast: 10 }], print)).toBe(true);
    expect(judge([{ name: 'start', value: 15, unit: 's', below: 15 }], print)).toBe(false);
    expect(judge([{ name: 'start', value: Number.NaN, unit: 's', below: 15 }], print)).toBe(false);
    expect(lines.map((line) => line.slice(0, 6))).toEqual(['met   ', 'MISSED', 'MISSED']);
  });
});
