import { failureOf } from '../../test/support/failure.js';
import { golden } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { normalQuantile } from './normal.js';

const { probabilities, normalQuantiles } = golden<{ probabilities: number[]; normalQuantiles: number[] }>(
  'measures/fixtures/measures.json',
);

describe('normal quantile', () => {
  it('agrees with SciPy to 1e-13 from 1e-300 to 1 − 1e-12', () => {
    probabilities.forEach((probability, at) => {
      const expected = normalQuantiles[at]!;
      const size = Math.max(1, Math.abs(expected));
      expect(seen('Normal quantile', (normalQuantile(probability) - expected) / size)).toBeLessThanOrEqual(1e-13);
    });
  });

  it('is odd around one half', () => {
    for (const p of [0.01, 0.2, 0.4999]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 12);
  });

  it.each([0, 1, -1, NaN])('is not defined at %d', (probability) => {
    expect(failureOf(() => normalQuantile(probability)).reason).toBe('outOfDomain');
  });
});
