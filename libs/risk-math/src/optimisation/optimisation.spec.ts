import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import {
  apart,
  boundsOf,
  costs,
  equal,
  expectedReturns,
  first,
  goldenWeights,
  group,
  meanOf,
  ratioOf,
  second,
  targetReturn,
  variance,
} from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import type { Solution } from '../allocation/types.js';
import { maximumDiversification, maximumSharpe } from './maximum-ratio.js';
import { maximumReturn, meanVariance, minimumVariance, minimumVarianceForReturn } from './mean-variance.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { multiply, subCovariance } from '../model/risk-model-matrix.js';
import { efficientFrontier } from './efficient-frontier.js';
import type { PortfolioConstraints } from './types.js';
import { targetVolatility } from './volatility-target.js';

const deviations = covariance.variances.map(Math.sqrt);
const indicator = (members: readonly string[]): Float64Array =>
  Float64Array.from(ids, (id) => (members.includes(id) ? 1 : 0));
const everything: PortfolioConstraints = {
  bounds: boundsOf(0, 0.2),
  groups: [group('first', first, { lower: 0.3 })],
  linear: [
    { id: 'second', coefficients: indicator(second), upper: 0.35 },
    { id: 'return', coefficients: expectedReturns, lower: 0.0004 },
  ],
  turnover: { from: equal, limit: 0.5 },
  trackingError: { benchmark: equal, limitAnnual: 0.03 },
};

const utility = (weights: ArrayLike<number>): number => 4 * variance(weights) - meanOf(weights);
const traded = (weights: ArrayLike<number>): number =>
  sum(
    equal.map((from, i) => {
      const trade = Math.abs(weights[i]! - from);
      return costs.linear[i]! * trade + costs.quadratic[i]! * trade * trade;
    }),
  );

/** Name, solution, and what it minimises. */
const cases: [string, () => Solution, (weights: ArrayLike<number>) => number][] = [
  ['minimumVariance', () => minimumVariance({ covariance }), variance],
  ['capped', () => minimumVariance({ covariance, constraints: { bounds: boundsOf(0.01, 0.1) } }), variance],
  ['longShort', () => minimumVariance({ covariance, constraints: { bounds: boundsOf(-0.1, 0.3) } }), variance],
  ['utility', () => meanVariance({ covariance, expectedReturns, riskAversion: 8 }), utility],
  [
    'costs',
    () => meanVariance({ covariance, expectedReturns, riskAversion: 8, costs }),
    (weights) => utility(weights) + traded(weights),
  ],
  ['forReturn', () => minimumVarianceForReturn({ covariance, expectedReturns, targetReturn }), variance],
  ['maximumReturn', () => maximumReturn({ covariance, expectedReturns, volatilityAnnual: 0.14 }), (w) => -meanOf(w)],
  [
    'sharpe',
    () => maximumSharpe({ covariance, expectedReturns, riskFree: 1e-5 }),
    (weights) => -ratioOf(weights, expectedReturns, 1e-5),
  ],
  [
    'sharpeCapped',
    () =>
      maximumSharpe({
        covariance,
        expectedReturns,
        riskFree: 1e-5,
        constraints: { bounds: boundsOf(0, 0.15), groups: [group('second', second, { upper: 0.3 })] },
      }),
    (weights) => -ratioOf(weights, expectedReturns, 1e-5),
  ],
  ['diversification', () => maximumDiversification({ covariance }), (weights) => -ratioOf(weights, deviations, 0)],
  [
    'diversificationCapped',
    () =>
      maximumDiversification({
        covariance,
        constraints: { bounds: boundsOf(0, 0.08), groups: [group('first', first, { lower: 0.5 })] },
      }),
    (weights) => -ratioOf(weights, deviations, 0),
  ],
  [
    'trackingError',
    () => minimumVariance({ covariance, constraints: { trackingError: { benchmark: equal, limitAnnual: 0.02 } } }),
    variance,
  ],
  ['turnover', () => minimumVariance({ covariance, constraints: { turnover: { from: equal, limit: 0.4 } } }), variance],
  [
    'everything',
    () => meanVariance({ covariance, expectedReturns, riskAversion: 8, constraints: everything }),
    utility,
  ],
];

describe('convex optimisation', () => {
  it.each(cases)('%s agrees with CVXPY and Clarabel at its tightest', (name, solve, objective) => {
    const solution = solve();
    const reference = objective(goldenWeights(name));
    expect(seen('Minimum variance, mean', apart(solution, name), 'weight')).toBeLessThan(1e-6);
    expect(seen('Minimum variance, mean', objective(solution.weights) / reference - 1, 'objective')).toBeLessThan(
      1e-10,
    );
    expect(solution.infeasibility).toBeLessThan(1e-8);
    expect(solution.residual).toBeLessThan(1e-9);
    expect(solution.gap).toBeLessThanOrEqual(1e-10 * Math.abs(solution.objective!));
  });

  it('agrees with PyPortfolioOpt as far as its solver goes', () => {
    expect(
      seen('Minimum variance, mean', apart(minimumVariance({ covariance }), 'minimumVariancePyPortfolioOpt'), 'weight'),
    ).toBeLessThan(1e-6);
  });

  it('names what binds, with the bound and the figure reached', () => {
    const { binding, status } = meanVariance({ covariance, expectedReturns, riskAversion: 8, constraints: everything });
    expect(status).toBe('optimal');
    expect(binding.length).toBeGreaterThan(0);
    for (const { bound, value } of binding) expect(value).toBeCloseTo(bound, 8);
    expect(binding.map(({ constraint }) => constraint)).toContain('trackingError');
  });

  it('names a bound only where the weight is at it, even where the least variance is next to nothing', () => {
    const wide = sampleCovariance(seededReturns(5, 50, 200));
    const bounds = wide.ids!.map((assetId) => ({ assetId, lower: -0.1, upper: 0.1 }));
    const { binding, objective } = minimumVariance({ covariance: wide, constraints: { bounds } });
    expect(objective! / wide.variances[0]!).toBeLessThan(1e-9);
    for (const { bound, value } of binding) expect(value).toBeCloseTo(bound, 6);
    const held = minimumVariance({ covariance, constraints: { bounds: boundsOf(0.01, 0.1) } });
    expect(held.binding.map(({ constraint }) => constraint)).toEqual(
      ids.flatMap((id, i) => {
        const weight = held.weights[i]!;
        if (weight > 0.1 - 1e-9) return [`upperBound:${id}`];
        return weight < 0.01 + 1e-9 ? [`lowerBound:${id}`] : [];
      }),
    );
  });

  it('meets its optimality conditions on any covariance, and turns round with its assets', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 25 }), fc.integer({ min: 0, max: 100 }), (seed, assets, shape) => {
        const matrix = seededCovariance(seed, assets);
        const assetIds = matrix.ids!;
        const upper = 1 / assets + (shape / 100) * (1 - 1 / assets);
        const constraints = { bounds: assetIds.map((assetId) => ({ assetId, upper: upper * (1 + 1e-9) })) };
        const { weights } = minimumVariance({ covariance: matrix, constraints });
        expect(sum(weights)).toBeCloseTo(1, 12);
        // One slope for all assets between their bounds; no less at 0, no more at the cap.
        const slopes = multiply(matrix, weights);
        const inside = slopes.filter((_, i) => weights[i]! > 1e-9 && weights[i]! < upper - 1e-9);
        const [level] = inside;
        if (level !== undefined) {
          slopes.forEach((slope, i) => {
            const tolerance = 1e-9 * Math.abs(level);
            if (weights[i]! < upper - 1e-9) expect(slope).toBeGreaterThan(level - tolerance);
            if (weights[i]! > 1e-9) expect(slope).toBeLessThan(level + tolerance);
          });
        }
        const order = assetIds.map((_, i) => assets - 1 - i);
        const turned = minimumVariance({
          covariance: subCovariance(
            matrix,
            order,
            order.map((i) => assetIds[i]!),
          ),
          constraints,
        });
        expect(relativeDifference(Float64Array.from(turned.weights).reverse(), weights)).toBeLessThan(1e-8);
      }),
      { numRuns: 100 },
    );
  });

  it.each([1e-12, 1e6])('does not depend on the unit of returns (%d)', (size) => {
    const scaled = createCovariance(
      covariance.values.map((value) => value * size * size),
      20,
      { ids },
    );
    const mu = expectedReturns.map((value) => value * size);
    expect(apart(minimumVariance({ covariance: scaled }), 'minimumVariance')).toBeLessThan(1e-9);
    expect(
      apart(maximumSharpe({ covariance: scaled, expectedReturns: mu, riskFree: 1e-5 * size }), 'sharpe'),
    ).toBeLessThan(1e-9);
    const turnover = { from: equal, limit: 0.4 };
    expect(apart(minimumVariance({ covariance: scaled, constraints: { turnover } }), 'turnover')).toBeLessThan(1e-8);
  });

  it('answers where the covariance is singular: more assets than days, duplicates, perfect correlation, no variance', () => {
    const wide = sampleCovariance(seededReturns(3, 12, 30));
    const flat = minimumVariance({ covariance: wide });
    expect(sum(flat.weights)).toBeCloseTo(1, 9);
    expect(flat.residual).toBeLessThan(1e-8);
    const twice = subCovariance(covariance, [0, 0, 1, 1], ['a', 'b', 'c', 'd']);
    const pair = minimumVariance({ covariance: subCovariance(covariance, [0, 1], ['a', 'c']) });
    expect(minimumVariance({ covariance: twice }).objective).toBeCloseTo(pair.objective!, 14);
    const perfect = createCovariance(new Float64Array([1, 2, 2, 4]), 2, { ids: ['a', 'b'] });
    expect(relativeDifference(minimumVariance({ covariance: perfect }).weights, [1, 0])).toBeLessThan(1e-9);
    const still = createCovariance(new Float64Array([1, 0, 0, 0]), 2, { ids: ['a', 'still'] });
    expect(relativeDifference(minimumVariance({ covariance: still }).weights, [0, 1])).toBeLessThan(1e-7);
  });

  it('names a minimal set of constraints that clash, the quadratic ones among them', () => {
    const clashing = (constraints: PortfolioConstraints): readonly string[] | undefined =>
      failureOf(() => minimumVariance({ covariance, constraints })).details.clashing;
    expect(
      clashing({ groups: [group('first', first, { upper: 0.2 })], bounds: [{ assetId: ids[0]!, lower: 0.3 }] }),
    ).toEqual(
      [...first.slice(1).map((id) => `lowerBound:${id}`), `lowerBound:${ids[0]!}`, 'groupUpper:first'].sort(
        (a, b) => order(a) - order(b),
      ),
    );
    expect(
      clashing({
        groups: [group('first', first, { upper: 0.1 })],
        trackingError: { benchmark: equal, limitAnnual: 0.001 },
      }),
    ).toEqual(['groupUpper:first', 'trackingError']);
    expect(clashing({ turnover: { from: equal, limit: 0.1 }, bounds: [{ assetId: ids[2]!, lower: 0.5 }] })).toEqual([
      `lowerBound:${ids[2]!}`,
      'turnover',
    ]);
  });

  it('refuses what has no answer', () => {
    const down = expectedReturns.map(() => -1e-4);
    expect(failureOf(() => maximumSharpe({ covariance, expectedReturns: down })).reason).toBe('outOfDomain');
    const nan = expectedReturns.map(() => NaN);
    expect(failureOf(() => meanVariance({ covariance, expectedReturns: nan, riskAversion: 1 })).reason).toBe(
      'invalidInput',
    );
    const empty = createCovariance(new Float64Array(0), 0, { ids: [] });
    expect(failureOf(() => minimumVariance({ covariance: empty })).reason).toBe('invalidInput');
    expect(failureOf(() => meanVariance({ covariance, expectedReturns, riskAversion: -1 })).reason).toBe(
      'invalidInput',
    );
  });
});

describe('the efficient frontier', () => {
  it('rises in equal steps of return, each point the least variance for it', () => {
    const points = efficientFrontier({ covariance, expectedReturns, points: 7 });
    expect(points).toHaveLength(7);
    expect(points[0]!.solution.objective).toBeCloseTo(variance(goldenWeights('minimumVariance')), 14);
    const widths = points.slice(1).map((point, i) => point.expectedReturn - points[i]!.expectedReturn);
    for (const width of widths) expect(width / widths[0]!).toBeCloseTo(1, 5);
    points.slice(1).forEach(({ solution }, i) => {
      expect(solution.objective!).toBeGreaterThan(points[i]!.solution.objective!);
    });
    const middle = points[3]!;
    const again = minimumVarianceForReturn({ covariance, expectedReturns, targetReturn: middle.expectedReturn });
    expect(
      seen('Efficient frontier; Pareto', relativeDifference(again.weights, middle.solution.weights), 'weights again'),
    ).toBeLessThan(1e-8);
    const half = efficientFrontier({ covariance, expectedReturns, points: 3 });
    expect(seen('Efficient frontier; Pareto', apart(half[1]!.solution, 'forReturn'), 'weight')).toBeLessThan(1e-6);
  });

  it('of one asset is one point', () => {
    const one = createCovariance(new Float64Array([4]), 1, { ids: ['a'] });
    expect(efficientFrontier({ covariance: one, expectedReturns: Float64Array.of(1e-3), points: 5 })).toHaveLength(1);
  });
});

describe('a volatility target', () => {
  it('is met by leverage, up to its cap', () => {
    const scaled = targetVolatility(covariance, equal, { volatilityAnnual: 0.1 });
    expect(seen('Volatility target', Math.sqrt(252 * variance(scaled.weights)) - 0.1)).toBeLessThan(1e-14);
    const capped = targetVolatility(covariance, equal, { volatilityAnnual: 1, maximumLeverage: 2 });
    expect(capped).toMatchObject({ capped: true, leverage: 2 });
    expect(failureOf(() => targetVolatility(covariance, new Float64Array(20), { volatilityAnnual: 0.1 })).reason).toBe(
      'outOfDomain',
    );
  });
});

/** The order in which constraints are named: bounds by asset, then rows. */
function order(name: string): number {
  return name.includes('Bound:') ? ids.indexOf(name.slice(name.indexOf(':') + 1)) : 100;
}
