import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, returnsWithMarket, shareReturns, sum } from '../../test/support/golden.js';
import { trackingErrorContributions } from '../contributions/euler.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import { activeRiskBudgeting, seriesBenchmark } from './active-risk.js';

interface Golden {
  covariance: number[];
  series: { covariances: number[]; variance: number; weights: number[] };
}

const expected = golden<Golden>('allocation/fixtures/allocation.json');
const { ids } = shareReturns();
const covariance = createCovariance(Float64Array.from(expected.covariance), 20, { ids });
const equal = new Float64Array(20).fill(0.05);
const rows = ids.map((_, row) => row);

describe('budgets of active risk against a series', () => {
  const benchmark = {
    kind: 'series',
    covariances: Float64Array.from(expected.series.covariances),
    variance: expected.series.variance,
  } as const;

  it('agree with SciPy’s root of the optimality system at the λ that invests everything', () => {
    const solution = activeRiskBudgeting({ covariance, budgets: equal, benchmark });
    expect(relativeDifference(solution.weights, expected.series.weights)).toBeLessThan(1e-8);
    expect(sum(solution.weights)).toBeCloseTo(1, 12);
    expect(relativeDifference(solution.realisedShares, equal)).toBeLessThan(1e-9);
    expect(solution.status).toBe('optimal');
  });

  it('are the Euler contributions to tracking error over positions and the short benchmark', () => {
    const joint = sampleCovariance(returnsWithMarket());
    const index = new Float64Array(21);
    index[20] = 1;
    const solution = activeRiskBudgeting({
      covariance: subCovariance(joint, rows, ids),
      budgets: equal,
      benchmark: seriesBenchmark(joint, index, rows),
    });
    const { total, contributions } = trackingErrorContributions(
      joint,
      Float64Array.from([...solution.weights, 0]),
      index,
    );
    expect(solution.trackingErrorAnnual).toBeCloseTo(total, 12);
    expect(solution.benchmarkContribution).toBeCloseTo(contributions[20]!, 12);
    const each = (total - contributions[20]!) / 20;
    for (let i = 0; i < 20; i++) expect(Math.abs(contributions[i]! - each)).toBeLessThan(1e-9);
  });

  it('hold bounds and say which bind', () => {
    const bounds = ids.map((assetId) => ({ assetId, upper: 0.055 }));
    const solution = activeRiskBudgeting({ covariance, budgets: equal, benchmark, constraints: { bounds } });
    expect(solution.status).toBe('constrained');
    expect(Math.max(...solution.weights)).toBeLessThanOrEqual(0.055);
    expect(sum(solution.weights)).toBeCloseTo(1, 10);
    expect(solution.binding.length).toBeGreaterThan(0);
  });

  it('are refused when even the least active risk invests more', () => {
    const doubled = { ...benchmark, covariances: benchmark.covariances.map((value) => 2 * value) };
    const failure = failureOf(() => activeRiskBudgeting({ covariance, budgets: equal, benchmark: doubled }));
    expect(['infeasible', 'outOfDomain']).toContain(failure.reason);
  });
});

describe('budgets of active risk against weights', () => {
  const weights = new Float64Array(20).fill(0.05);
  const benchmark = { kind: 'weights', weights } as const;
  const signs = ids.map((_, i) => (i % 2 === 0 ? 1 : -1));
  const budgets = Float64Array.from(ids, (_, i) => (i < 8 ? 0.125 : 0));

  it('are ambiguous until signs say what is over- and what underweight', () => {
    expect(failureOf(() => activeRiskBudgeting({ covariance, budgets, benchmark })).reason).toBe('ambiguous');
  });

  it('spread a tracking error over the active weights; a name without a budget stays at its benchmark weight', () => {
    const solution = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.01 },
    });
    expect(solution.trackingErrorAnnual).toBeCloseTo(0.01, 14);
    const { total, contributions } = trackingErrorContributions(covariance, solution.weights, weights);
    expect(total).toBeCloseTo(0.01, 13);
    contributions.forEach((value, i) => expect(value).toBeCloseTo(budgets[i]! * total, 12));
    expect(Array.from(solution.weights.subarray(8))).toEqual(Array.from(weights.subarray(8)));
    solution.activeWeights.subarray(0, 8).forEach((value, i) => expect(Math.sign(value)).toBe(signs[i]));
    expect(solution.status).toBe('optimal');
  });

  it('do not go below 0 unless a bound allows it, and say where that binds', () => {
    const wide = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.06 },
    });
    expect(wide.status).toBe('constrained');
    expect(Math.min(...wide.weights)).toBeGreaterThanOrEqual(-1e-12);
    expect(wide.binding.every(({ bound }) => Math.abs(bound) < 1e-15)).toBe(true);
    const bounds = ids.map((assetId) => ({ assetId, lower: -1 }));
    const short = activeRiskBudgeting({
      covariance,
      budgets,
      benchmark,
      signs,
      scale: { kind: 'volatility', value: 0.06 },
      constraints: { bounds },
    });
    expect(short.status).toBe('optimal');
    expect(Math.min(...short.weights)).toBeLessThan(0);
  });

  it('need a tracking error or a gross active weight', () => {
    expect(failureOf(() => activeRiskBudgeting({ covariance, budgets, benchmark, signs })).details.field).toBe('scale');
  });
});
