import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import {
  apart,
  boundsOf,
  equal,
  expected,
  expectedReturns,
  goldenWeights,
  group,
  returns,
  second,
  targetReturn,
} from '../../test/support/optimisation.js';
import { seen } from '../../test/support/seen.js';
import type { Solution } from '../allocation/types.js';
import { historicalEs } from '../measures/historical.js';
import { createReturns, type Returns } from '../model/returns.js';
import { meanExpectedShortfall, minimumExpectedShortfall, shortfallFrontier } from './expected-shortfall.js';
import { semiDeviationBudgeting, shortfallBudgeting } from './scenario-budgeting.js';

const lossesOf = ({ values, observations, assets }: Returns, weights: Float64Array): Float64Array =>
  Float64Array.from(
    { length: observations },
    (_, t) => -sum(weights.map((weight, i) => weight * values[t * assets + i]!)),
  );
const base = { returns, confidence: 0.95 };
const linear = [{ id: 'return', coefficients: expectedReturns, lower: targetReturn }];

const cases: [string, () => Solution][] = [
  ['minimum', () => minimumExpectedShortfall(base)],
  ['fraction', () => minimumExpectedShortfall({ returns, confidence: 0.975 })],
  [
    'capped',
    () =>
      minimumExpectedShortfall({
        ...base,
        constraints: { bounds: boundsOf(0, 0.12), groups: [group('second', second, { upper: 0.3 })] },
      }),
  ],
  ['return', () => minimumExpectedShortfall({ ...base, constraints: { linear } })],
];

describe('minimum expected shortfall', () => {
  it.each(cases)('%s agrees with HiGHS, the dual proving it', (name, solve) => {
    const solution = solve();
    const golden = expected.shortfall[name]!;
    expect(seen('Minimum ES, mean–ES', solution.objective! / golden.objective - 1, 'objective')).toBeLessThan(1e-10);
    expect(seen('Minimum ES, mean–ES', relativeDifference(solution.weights, golden.weights), 'weight')).toBeLessThan(
      1e-6,
    );
    expect(seen('Minimum ES, mean–ES', solution.gap! / solution.objective!, 'own dual')).toBeLessThan(1e-13);
    expect(solution.infeasibility).toBeLessThan(1e-12);
    expect(sum(solution.realisedShares)).toBeCloseTo(1, 12);
  });

  it('with a mean agrees with HiGHS', () => {
    const solution = meanExpectedShortfall({ ...base, expectedReturns, riskAversion: 0.05 });
    expect(
      seen('Minimum ES, mean–ES', solution.objective! / (0.05 * expected.shortfall.mean!.objective) - 1, 'objective'),
    ).toBeLessThan(1e-10);
    expect(
      seen('Minimum ES, mean–ES', relativeDifference(solution.weights, expected.shortfall.mean!.weights), 'weight'),
    ).toBeLessThan(1e-6);
  });

  it('is no worse than PyPortfolioOpt', () => {
    const theirs = historicalEs(lossesOf(returns, Float64Array.from(expected.shortfallPyPortfolioOpt)), 0.95);
    expect(minimumExpectedShortfall(base).objective).toBeLessThanOrEqual(theirs * (1 + 1e-9));
  });

  it('under a limit on turnover and with costs trades less', () => {
    const constraints = { turnover: { from: equal, limit: 0.3 } };
    const limited = minimumExpectedShortfall({ ...base, constraints });
    expect(sum(limited.weights.map((weight, i) => Math.abs(weight - equal[i]!)))).toBeCloseTo(0.3, 10);
    expect(limited.binding.map(({ constraint }) => constraint)).toContain('turnover');
    const costs = { from: equal, linear: new Float64Array(20).fill(1) };
    const still = meanExpectedShortfall({ ...base, expectedReturns, riskAversion: 1, costs });
    expect(relativeDifference(still.weights, equal)).toBeLessThan(1e-12);
  });

  it('proves itself on any returns: the dual gives the same value, and no small step betters it', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2, max: 120 }), (seed, assets, days) => {
        const some = seededReturns(seed, days, assets);
        const solution = minimumExpectedShortfall({ returns: some, confidence: 0.9 });
        expect(solution.gap!).toBeLessThan(1e-12);
        expect(sum(solution.weights)).toBeCloseTo(1, 11);
        const best = historicalEs(lossesOf(some, solution.weights), 0.9);
        for (let i = 0; i < assets; i++) {
          const moved = solution.weights.map((weight, j) => 0.99 * weight + (i === j ? 0.01 : 0));
          expect(historicalEs(lossesOf(some, moved), 0.9)).toBeGreaterThan(best - 1e-12);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([1e-12, 1e6])('does not depend on the unit of returns (%d)', (size) => {
    const scaled = createReturns(
      returns.values.map((value) => value * size),
      returns.observations,
      20,
      ids,
    );
    const { weights } = minimumExpectedShortfall({ ...base, returns: scaled });
    expect(relativeDifference(weights, expected.shortfall.minimum!.weights)).toBeLessThan(1e-6);
  });

  it('has a frontier whose shortfall rises with its return', () => {
    const points = shortfallFrontier({ ...base, expectedReturns, points: 5 });
    expect(points).toHaveLength(5);
    points.slice(1).forEach(({ solution, expectedReturn }, i) => {
      expect(expectedReturn).toBeGreaterThan(points[i]!.expectedReturn);
      expect(solution.objective!).toBeGreaterThanOrEqual(points[i]!.solution.objective!);
    });
    for (const count of [1, 2.5, NaN]) {
      const call = () => shortfallFrontier({ ...base, expectedReturns, points: count });
      expect(failureOf(call).details.field).toBe('points');
    }
  });

  it('names what clashes', () => {
    const groups = [group('second', second, { upper: 0.1 })];
    const bounds = [{ assetId: second[0]!, lower: 0.2 }];
    expect(failureOf(() => minimumExpectedShortfall({ ...base, constraints: { groups, bounds } })).reason).toBe(
      'infeasible',
    );
    expect(failureOf(() => minimumExpectedShortfall({ returns, confidence: 0.05 })).reason).toBe('invalidInput');
  });
});

describe('budgets of expected shortfall and semi-deviation', () => {
  it('agree with CVXPY and Clarabel', () => {
    const parity = shortfallBudgeting({ ...base, budgets: equal });
    expect(seen('Budgets of ES and of semi', apart(parity, 'shortfallBudgets'), 'ES, weight')).toBeLessThan(1e-6);
    const budgets = Float64Array.from(equal, (_, i) => (i + 1) / 210);
    const custom = shortfallBudgeting({ returns, confidence: 0.9, budgets });
    expect(seen('Budgets of ES and of semi', apart(custom, 'shortfallCustomBudgets'), 'ES, weight')).toBeLessThan(1e-6);
    const semi = semiDeviationBudgeting({ returns, budgets: equal });
    expect(
      seen('Budgets of ES and of semi', apart(semi, 'semiDeviationBudgets'), 'semi-deviation, weight'),
    ).toBeLessThan(1e-6);
    expect(goldenWeights('semiDeviationBudgets')).toHaveLength(covariance.size);
  });

  it('are met by a subgradient on any returns, more assets than days among them', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 30, max: 120 }), (seed, assets, days) => {
        const some = seededReturns(seed, days, assets);
        const budgets = new Float64Array(assets).fill(1 / assets);
        const tail = shortfallBudgeting({ returns: some, confidence: 0.9, budgets });
        expect(relativeDifference(tail.realisedShares, budgets)).toBeLessThan(1e-8);
        // The subgradient inequality: no portfolio's shortfall lies below its plane at the optimum.
        const here = historicalEs(lossesOf(some, tail.weights), 0.9);
        for (let i = 0; i < assets; i++) {
          const moved = tail.weights.map((weight, j) => (i === j ? weight * 1.1 : weight));
          const plane = here * (1 + 0.1 * tail.realisedShares[i]!);
          expect(historicalEs(lossesOf(some, moved), 0.9)).toBeGreaterThan(plane - 1e-9 * here);
        }
        const semi = semiDeviationBudgeting({ returns: some, budgets });
        expect(relativeDifference(semi.realisedShares, budgets)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
    const wide = seededReturns(4, 25, 30);
    const budgets = new Float64Array(30).fill(1 / 30);
    expect(shortfallBudgeting({ returns: wide, confidence: 0.9, budgets }).residual).toBeLessThan(1e-9);
    // So many assets are factorised by the compiled kernels, and Newton's method keeps its pace.
    const many = seededReturns(5, 200, 40);
    const even = new Float64Array(40).fill(1 / 40);
    expect(shortfallBudgeting({ returns: many, confidence: 0.9, budgets: even }).iterations).toBeLessThan(60);
    expect(semiDeviationBudgeting({ returns: many, budgets: even }).iterations).toBeLessThan(30);
  });

  it('take signs, scales and budgets of 0, and refuse what has no shortfall', () => {
    const signs = ids.map((_, i) => (i === 3 ? -1 : 1));
    const budgets = Float64Array.from(equal, (_, i) => (i === 0 ? 0 : 1 / 19));
    const solution = shortfallBudgeting({ ...base, budgets, signs, scale: { kind: 'gross', value: 1.2 } });
    expect(sum(solution.weights.map(Math.abs))).toBeCloseTo(1.2, 12);
    expect(solution.weights[0]).toBe(0);
    expect(solution.weights[3]).toBeLessThan(0);
    const gains = createReturns(returns.values.map(Math.abs), returns.observations, 20, ids);
    expect(failureOf(() => shortfallBudgeting({ returns: gains, confidence: 0.95, budgets: equal })).reason).toBe(
      'outOfDomain',
    );
    expect(failureOf(() => semiDeviationBudgeting({ returns: gains, budgets: equal, about: 'zero' })).reason).toBe(
      'outOfDomain',
    );
  });
});
