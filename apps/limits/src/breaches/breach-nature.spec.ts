import { worsenedByTrade } from './breach-nature.js';

describe('nature of a breach', () => {
  it('is active where the figure is further beyond than with the previous holdings', () => {
    expect(worsenedByTrade(0.25, 0.22, 'upper')).toBe(true);
    expect(worsenedByTrade(0.01, 0.05, 'lower')).toBe(true);
  });

  it('is passive where the previous holdings would be as far beyond, rounding aside', () => {
    expect(worsenedByTrade(0.25, 0.25, 'upper')).toBe(false);
    expect(worsenedByTrade(0.25, 0.25 - 1e-12, 'upper')).toBe(false);
    expect(worsenedByTrade(0.24, 0.25, 'upper')).toBe(false);
  });
});
