import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, portfolioReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { entropicVar } from './entropic.js';
import { historicalEs } from './historical.js';

const expected = golden<{ weights: number[]; entropicVar: Record<string, number>; entropicVarSkfolio: number }>(
  'measures/fixtures/tail-measures.json',
);
const losses = portfolioReturns(expected.weights).map((value) => -value);

describe('entropic value at risk', () => {
  it('agrees with the infimum by SciPy, and with skfolio', () => {
    for (const [confidence, value] of Object.entries(expected.entropicVar)) {
      expect(seen('Entropic VaR', entropicVar(losses, Number(confidence)).value / value - 1, 'SciPy')).toBeLessThan(
        1e-11,
      );
    }
    expect(
      seen('Entropic VaR', entropicVar(losses, 0.95).value / expected.entropicVarSkfolio - 1, 'skfolio'),
    ).toBeLessThan(1e-7);
  });

  it('is no less than expected shortfall, the mean under its weights, and moves and scales with the losses', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 80 }),
        fc.constantFrom(0.75, 0.95, 0.99),
        fc.constantFrom(1e-12, 1, 1e6),
        (seed, count, confidence, size) => {
          const series = seededReturns(seed, count, 1).values.map((value) => -value * size);
          const { value, weights } = entropicVar(series, confidence);
          expect(sum(weights)).toBeCloseTo(1, 12);
          expect(sum(weights.map((p, t) => p * series[t]!)) / value).toBeCloseTo(1, 10);
          expect(value).toBeGreaterThanOrEqual(historicalEs(series, confidence) - 1e-9 * size);
          expect(value).toBeLessThanOrEqual(Math.max(...series) + 1e-12 * size);
          const moved = entropicVar(
            series.map((loss) => 2 * loss + size),
            confidence,
          );
          expect(Math.abs(moved.value - 2 * value - size)).toBeLessThan(1e-10 * size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the largest loss where its day alone is more than the tail, and any loss where all are the same', () => {
    expect(entropicVar(Float64Array.of(1, 2, 3), 0.95)).toMatchObject({ value: 3, temperature: 0 });
    expect([...entropicVar(Float64Array.of(3, 2, 3), 0.95).weights]).toEqual([0.5, 0, 0.5]);
    expect(entropicVar(new Float64Array(50).fill(-2), 0.95).value).toBe(-2);
    expect(failureOf(() => entropicVar(Float64Array.of(1), 0.95)).reason).toBe('tooFewObservations');
    expect(failureOf(() => entropicVar(Float64Array.of(1, NaN), 0.95)).reason).toBe('invalidInput');
  });
});
