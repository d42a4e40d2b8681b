import { type GroupConstraint, type WeightBound, createCovariance, quadraticForm } from '../../src/index.js';
import { golden, shareReturns, sum } from './golden.js';

interface Golden {
  covariance: number[];
  riskParity: number[];
  riskParitySkfolio: number[];
  shares: number[];
  customShares: number[];
  signs: number[];
  longShortGross: number;
  longShort: number[];
  box: { upper: number; weights: number[]; lambda: number };
  groups: { members: number[][]; weights: number[]; lambda: number };
  byGroup: { members: number[][]; shares: number[]; groupWeights: number[] };
  inverseVolatility: number[];
  inverseVolatilityProjected: number[];
}

export const expected = golden<Golden>('allocation/fixtures/allocation.json');
export const { ids } = shareReturns();
export const covariance = createCovariance(Float64Array.from(expected.covariance), 20, { ids });
export const names = (members: number[]): string[] => members.map((member) => ids[member]!);
export const capped = (upper: number): WeightBound[] => ids.map((assetId) => ({ assetId, upper }));
export const groups: GroupConstraint[] = [
  { id: 'first', assetIds: names(expected.groups.members[0]!), upper: 0.25 },
  { id: 'second', assetIds: names(expected.groups.members[1]!), lower: 0.4, upper: 0.45 },
];

export const raise = (error: unknown): never => {
  throw error;
};

/** ½ wᵀΣw − λ Σ b ln w: what a constrained solution minimises. */
export const objective = (weights: ArrayLike<number>, lambda: number): number => {
  const w = Float64Array.from(weights);
  return quadraticForm(covariance, w) / 2 - lambda * sum(w.map((value) => Math.log(value) / w.length));
};
