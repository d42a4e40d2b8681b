import { OptionsError, parseOptions } from './options.js';

describe('options of npm start', () => {
  it('keeps the data of a --once run apart from the data that stays', () => {
    expect(parseOptions([]).dataDir).toBe('.data/standalone');
    expect(parseOptions(['--once']).dataDir).toBe('.data/once');
    expect(parseOptions(['--empty']).dataDir).toBe('.data/empty');
  });

  it.each([
    [['--port-base', 'x']],
    [['--port-base', '80']],
    [['--port-base', '70000']],
    [['--once', '--empty']],
    [['--empty', '--sample', 'folder']],
    [['--twice']],
  ])('refuses %j and says what is allowed', (args) => {
    expect(() => parseOptions(args)).toThrow(OptionsError);
    expect(() => parseOptions(args)).toThrow(/--port-base N/);
  });
});
