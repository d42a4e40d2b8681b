import { type GroupConstraint, type Solution, type WeightBound, quadraticForm } from '../../src/index.js';
import { covariance, ids } from './allocation.js';
import { golden, shareReturns, sum } from './golden.js';

interface Golden {
  readonly expectedReturns: number[];
  readonly targetReturn: number;
  readonly costs: { readonly from: number[]; readonly linear: number[]; readonly quadratic: number[] };
  readonly weights: Readonly<Record<string, number[]>>;
  readonly shortfall: Readonly<Record<string, { readonly weights: number[]; readonly objective: number }>>;
  readonly axes: number[];
  readonly shortfallLimit: number;
  readonly shortfallCones: Readonly<Record<string, { readonly weights: number[]; readonly objective: number }>>;
  readonly shortfallPyPortfolioOpt: number[];
}

export const expected = golden<Golden>('optimisation/fixtures/optimisation.json');
export const returns = shareReturns();
export const expectedReturns = Float64Array.from(expected.expectedReturns);
export const { targetReturn } = expected;
export const costs = {
  from: Float64Array.from(expected.costs.from),
  linear: Float64Array.from(expected.costs.linear),
  quadratic: Float64Array.from(expected.costs.quadratic),
};
export const equal = new Float64Array(20).fill(1 / 20);
export const first = ids.slice(0, 7);
export const second = ids.slice(5, 12);

export const boundsOf = (lower: number, upper: number): WeightBound[] =>
  ids.map((assetId) => ({ assetId, lower, upper }));
export const group = (id: string, assetIds: readonly string[], sides: Partial<GroupConstraint>): GroupConstraint => ({
  id,
  assetIds,
  ...sides,
});

export const variance = (weights: ArrayLike<number>): number => quadraticForm(covariance, Float64Array.from(weights));
export const meanOf = (weights: ArrayLike<number>): number => sum(expectedReturns.map((mu, i) => mu * weights[i]!));
export const ratioOf = (weights: ArrayLike<number>, reward: ArrayLike<number>, base: number): number =>
  (sum(Float64Array.from(reward, (value, i) => value * weights[i]!)) - base) / Math.sqrt(variance(weights));

/** Weights of a solution, or its golden numbers. */
export const goldenWeights = (name: string): number[] => {
  const weights = expected.weights[name];
  if (weights === undefined) throw new Error(`no golden numbers for ${name}`);
  return weights;
};

/** Largest difference of two weights. */
export const apart = (solution: Solution, name: string): number =>
  Math.max(...goldenWeights(name).map((weight, i) => Math.abs(weight - solution.weights[i]!)));
