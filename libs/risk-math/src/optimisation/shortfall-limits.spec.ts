import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { apart, costs, equal, expected, expectedReturns, returns } from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import type { Solution } from '../allocation/types.js';
import { sampleCovariance } from '../covariance/sample.js';
import { initialise } from '../kernels/engine.js';
import { historicalEs } from '../measures/historical.js';
import { smallestTrades } from '../trades/smallest-trades.js';
import { meanExpectedShortfall, minimumExpectedShortfall } from './expected-shortfall.js';
import { meanVariance, minimumVariance } from './mean-variance.js';
import { maximumSharpe } from './maximum-ratio.js';

const diagonal = (values: ArrayLike<number>): Float64Array => {
  const matrix = new Float64Array(values.length ** 2);
  for (let i = 0; i < values.length; i++) matrix[i * values.length + i] = values[i]!;
  return matrix;
};
const few = seededReturns(3, 60, 4);
const small = { returns: few, covariance: sampleCovariance(few) };
const ellipsoids = [{ id: 'near', matrix: diagonal(expected.axes), centre: equal, limit: 0.02 }];
const base = { returns, confidence: 0.95 };
const expectedShortfall = { ...base, limit: expected.shortfallLimit };
const utility = { covariance, expectedReturns, riskAversion: 8 };

const cases: [string, string, () => Solution][] = [
  [
    'trackingError',
    'trackingError',
    () =>
      minimumExpectedShortfall({
        ...base,
        constraints: { trackingError: { benchmark: equal, limitAnnual: 0.02 } },
      }),
  ],
  [
    'volatility',
    'volatility',
    () =>
      meanExpectedShortfall({
        ...base,
        expectedReturns,
        riskAversion: 0.05,
        constraints: { volatilityAnnual: 0.12 },
      }),
  ],
  ['ellipsoid', 'ellipsoid:near', () => minimumExpectedShortfall({ ...base, constraints: { ellipsoids } })],
  ['costs', '', () => meanExpectedShortfall({ ...base, expectedReturns, riskAversion: 0.2, costs })],
  ['limited', 'expectedShortfall', () => meanVariance({ ...utility, constraints: { expectedShortfall } })],
];

describe('expected shortfall beside quadratic constraints and costs', () => {
  beforeAll(async () => {
    await initialise();
  });

  it.each(cases)('%s agrees with CVXPY and Clarabel, the gap proving it', (name, binding, solve) => {
    const solution = solve();
    const golden = expected.shortfallCones[name]!;
    const apart = Math.max(...golden.weights.map((weight, i) => Math.abs(weight - solution.weights[i]!)));
    expect(seen('ES under limits', solution.objective! / golden.objective - 1, 'objective')).toBeLessThan(1e-10);
    // Where a ball binds the solver leaves half of its digits open in the weights; the own gap leaves none.
    expect(seen('ES under limits', apart, 'weight')).toBeLessThan(1e-6);
    expect(seen('ES under limits', solution.gap! / Math.abs(solution.objective!), 'own gap')).toBeLessThan(1e-12);
    expect(solution.residual).toBeLessThan(1e-10);
    expect(solution.infeasibility).toBeLessThan(1e-10);
    expect(sum(solution.realisedShares)).toBeCloseTo(1, 10);
    expect(solution.binding.map(({ constraint }) => constraint)).toEqual(binding === '' ? [] : [binding]);
  });

  it('gives what the simplex method gives where a limit is not in the way', () => {
    const limited = minimumExpectedShortfall({ ...base, constraints: { volatilityAnnual: 0.5 } });
    expect(relativeDifference(limited.weights, expected.shortfall.minimum!.weights)).toBeLessThan(1e-6);
    expect(limited.binding).toEqual([]);
  });

  it('keeps any limit between the least shortfall and that of the portfolio without it', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 8 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (seed, assets, part) => {
          const some = seededReturns(seed, 80, assets);
          const sample = sampleCovariance(some);
          const measure = { returns: some, confidence: 0.9 };
          const least = minimumExpectedShortfall(measure);
          const free = minimumVariance({ covariance: sample });
          const loose = minimumVariance({
            covariance: sample,
            constraints: { expectedShortfall: { ...measure, limit: 1 } },
          });
          expect(relativeDifference(loose.weights, free.weights)).toBeLessThan(1e-6);
          const losses = Float64Array.from(
            { length: 80 },
            (_, t) => -sum(free.weights.map((weight, i) => weight * some.values[t * assets + i]!)),
          );
          const reached = historicalEs(losses, 0.9);
          if (reached < least.objective! * (1 + 1e-3)) return;
          const limit = least.objective! + part * (reached - least.objective!);
          const solution = minimumVariance({
            covariance: sample,
            constraints: { expectedShortfall: { ...measure, limit } },
          });
          expect(solution.infeasibility).toBeLessThan(1e-9);
          expect(solution.volatilityAnnual).toBeGreaterThan(free.volatilityAnnual * (1 - 1e-9));
          // The two programs are each other's: at that volatility no portfolio has less shortfall. Near the least volatility
          // shortfall falls by the root of what volatility is allowed more, which leaves half of its digits.
          const back = minimumExpectedShortfall({
            ...measure,
            constraints: { volatilityAnnual: solution.volatilityAnnual },
          });
          expect(Math.abs(back.objective! / limit - 1)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('ellipsoid of weights', () => {
  it('agrees with CVXPY and Clarabel, and a sphere of tracking error is one', () => {
    const solution = meanVariance({ ...utility, constraints: { ellipsoids } });
    expect(apart(solution, 'ellipsoid')).toBeLessThan(1e-6);
    const limitAnnual = 0.02;
    const same = minimumVariance({
      covariance,
      constraints: {
        ellipsoids: [{ id: 'active', matrix: covariance.values, centre: equal, limit: limitAnnual ** 2 / 252 }],
      },
    });
    const active = minimumVariance({ covariance, constraints: { trackingError: { benchmark: equal, limitAnnual } } });
    expect(relativeDifference(same.weights, active.weights)).toBeLessThan(1e-9);
  });

  it('of a few assets only leaves the others free, and a trade list comes back into it', () => {
    const matrix = diagonal(Float64Array.from(ids, (_, i) => (i < 2 ? 1 : 0)));
    const pair = [{ id: 'pair', matrix, limit: 0.0001 }];
    const { weights } = maximumSharpe({ covariance, expectedReturns, constraints: { ellipsoids: pair } });
    expect(Math.hypot(weights[0]!, weights[1]!)).toBeLessThan(0.01 + 1e-9);
    const sphere = { id: 'pair', matrix: diagonal([1, 1, 0, 0]), limit: 0.0001 };
    const trades = smallestTrades({
      covariance: small.covariance,
      from: new Float64Array(4).fill(0.25),
      constraints: { ellipsoids: [sphere] },
    });
    expect(trades.trades.map(({ assetId }) => assetId)).toEqual(expect.arrayContaining(['A0', 'A1']));
    expect(trades.infeasibility).toBeLessThan(1e-8);
  });

  it('and a limit on shortfall are named where they clash, and refused where they are none', () => {
    const bounds = [{ assetId: ids[3]!, lower: 0.5 }];
    const clash = failureOf(() => minimumVariance({ covariance, constraints: { ellipsoids, bounds } }));
    expect(clash.details.clashing).toEqual([`lowerBound:${ids[3]!}`, 'ellipsoid:near']);
    const low = { expectedShortfall: { returns: small.returns, confidence: 0.9, limit: 0.001 } };
    const { details } = failureOf(() => minimumVariance({ covariance: small.covariance, constraints: low }));
    expect(details.clashing).toEqual(['netLower', 'expectedShortfall']);
    const from = new Float64Array(4).fill(0.25);
    const refusal = failureOf(() => smallestTrades({ covariance: small.covariance, from, constraints: low }));
    expect(refusal.reason).toBe('outOfDomain');
    const refused = (matrix: Float64Array): string =>
      failureOf(() => minimumVariance({ covariance, constraints: { ellipsoids: [{ id: 'x', matrix, limit: 1 }] } }))
        .reason;
    expect(refused(diagonal(equal.map((value, i) => (i === 0 ? -1 : value))))).toBe('notPositiveSemiDefinite');
    expect(refused(Float64Array.from({ length: 400 }, (_, k) => k))).toBe('invalidInput');
  });
});
