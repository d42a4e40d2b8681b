import { numbersOf } from './options.js';

describe('numbers on a command line', () => {
  it('are the defaults where nothing else is given', () => {
    expect(numbersOf(['--seconds', '7'], { seconds: 300, ticks: 2000 })).toEqual({ seconds: 7, ticks: 2000 });
  });

  it.each([
    ['--seconds', '0'],
    ['--seconds', '1.5'],
    ['--seconds', 'soon'],
    ['--minutes', '5'],
  ])('refuse %s %s', (...args) => {
    expect(() => numbersOf(args, { seconds: 300 })).toThrow(args[0]);
  });
});
