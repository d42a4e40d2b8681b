import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { type Returns, columnOf, createReturns } from '../model/returns.js';
import { type VolatilityFilter, filterVolatility, filteredReturns } from './volatility-filter.js';

interface Golden {
  garch: { parameters: [number, number, number]; variances: number[]; next: number[] };
  ewma: { variances: number[]; next: number[] };
}

const expected = golden<Golden>('monte-carlo/fixtures/monte-carlo.json');

function threeShares(): Returns {
  const shares = shareReturns();
  const values = new Float64Array(1500);
  for (let i = 0; i < 3; i++) columnOf(shares, i).forEach((value, t) => (values[t * 3 + i] = value));
  return createReturns(values, 500, 3);
}

const ewma: VolatilityFilter = { kind: 'ewma', lambda: 0.94 };

describe('a volatility filter', () => {
  it('has the conditional variances of arch at the same parameters', () => {
    const [omega, alpha, beta] = expected.garch.parameters;
    const garch = filterVolatility(threeShares(), {
      kind: 'garch',
      parameters: new Array(3).fill({ omega, alpha, beta }) as { omega: number; alpha: number; beta: number }[],
    });
    expect(seen('Volatility filter', relativeDifference(garch.variances, expected.garch.variances))).toBeLessThan(
      1e-12,
    );
    expect(seen('Volatility filter', relativeDifference(garch.nextVariances, expected.garch.next))).toBeLessThan(1e-12);
    const weighted = filterVolatility(threeShares(), ewma);
    expect(seen('Volatility filter', relativeDifference(weighted.variances, expected.ewma.variances))).toBeLessThan(
      1e-12,
    );
    expect(seen('Volatility filter', relativeDifference(weighted.nextVariances, expected.ewma.next))).toBeLessThan(
      1e-12,
    );
  });

  it('takes falls more seriously than rises where told to', () => {
    const parameters = [{ omega: 0, alpha: 0.05, beta: 0.9, gamma: 0.1 }];
    const up = filterVolatility(createReturns(new Float64Array([0.01, 0.02]), 2, 1), { kind: 'garch', parameters });
    const down = filterVolatility(createReturns(new Float64Array([0.01, -0.02]), 2, 1), { kind: 'garch', parameters });
    expect(down.nextVariances[0]! - up.nextVariances[0]!).toBeCloseTo(0.1 * 0.0004, 18);
  });

  it('scales with the returns: residuals stay, variances go with the square', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1e-6, 1e3), (seed, scale) => {
        const plain = filterVolatility(seededReturns(seed, 40, 3), ewma);
        const scaled = seededReturns(seed, 40, 3);
        const other = filterVolatility({ ...scaled, values: scaled.values.map((value) => value * scale) }, ewma);
        expect(relativeDifference(other.residuals.values, plain.residuals.values)).toBeLessThan(1e-12);
        expect(
          relativeDifference(
            other.nextVariances,
            plain.nextVariances.map((v) => v * scale * scale),
          ),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 30 },
    );
  });

  it('brings every day to today’s volatility, and leaves a name that never moves where it is', () => {
    const returns = createReturns(new Float64Array([0.01, 0, -0.02, 0, 0.01, 0, 0.03, 0]), 4, 2);
    const { variances, nextVariances } = filterVolatility(returns, ewma);
    const now = filteredReturns(returns, ewma);
    for (let t = 0; t < 4; t++) {
      expect(now.values[t * 2]).toBeCloseTo(
        returns.values[t * 2]! * Math.sqrt(nextVariances[0]! / variances[t * 2]!),
        15,
      );
      expect(now.values[t * 2 + 1]).toBe(0);
    }
  });

  it('refuses parameters that let a variance become negative or explode, and series too short', () => {
    const returns = seededReturns(1, 10, 1);
    const refusal = (omega: number, alpha: number, beta: number, gamma?: number): string =>
      failureOf(() => filterVolatility(returns, { kind: 'garch', parameters: [{ omega, alpha, beta, gamma }] })).reason;
    expect(refusal(-1, 0.1, 0.8)).toBe('outOfDomain');
    expect(refusal(0, 0.5, 0.6)).toBe('outOfDomain');
    expect(refusal(0, 0.1, 0.8, -0.2)).toBe('outOfDomain');
    expect(refusal(NaN, 0.1, 0.8)).toBe('outOfDomain');
    expect(failureOf(() => filterVolatility(returns, { kind: 'garch', parameters: [] })).reason).toBe('invalidInput');
    expect(failureOf(() => filterVolatility(returns, { kind: 'ewma', lambda: 1 })).details.field).toBe('lambda');
    expect(failureOf(() => filterVolatility(seededReturns(1, 1, 1), ewma)).reason).toBe('tooFewObservations');
  });
});
