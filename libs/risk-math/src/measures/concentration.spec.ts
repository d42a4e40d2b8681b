import { failureOf } from '../../test/support/failure.js';
import { activeShare } from './benchmark-relative.js';
import { largestNames } from './concentration.js';

describe('active share and the largest names', () => {
  it('is half of what differs', () => {
    expect(activeShare(Float64Array.of(0.5, 0.5, 0), Float64Array.of(0.5, 0, 0.5))).toBe(0.5);
    expect(activeShare(Float64Array.of(1), Float64Array.of(1))).toBe(0);
    expect(failureOf(() => activeShare(Float64Array.of(1), Float64Array.of(1, 0))).reason).toBe('invalidInput');
    expect(failureOf(() => activeShare(Float64Array.of(NaN), Float64Array.of(1))).reason).toBe('invalidInput');
  });

  it('adds a name’s positions up by size, shorts not netted', () => {
    const names = ['a', 'b', 'a', 'c'];
    expect(largestNames([0.3, 0.25, -0.1, 0.05], names, 2)).toBeCloseTo(0.65, 15);
    expect(largestNames([0.3, 0.25, -0.1, 0.05], names, 9)).toBeCloseTo(0.7, 15);
    expect(largestNames([], [], 1)).toBe(0);
    expect(failureOf(() => largestNames([0.1], ['a'], 0)).reason).toBe('invalidInput');
  });
});
