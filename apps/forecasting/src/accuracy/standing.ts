import { businessDate, finite, forecastKind, forecastMethod, identifier, nonNegative } from '@risk-budget/contracts';
import { pastLossWeights } from '@risk-budget/risk-math';
import { z } from 'zod';
import type { MethodScore } from './score.js';

const methodStanding = z.object({
  observations: z.int().min(0),
  /** Σ discount^k × QLIKE, k scores back. */
  discountedLoss: nonNegative,
  /** Σ discount^k. */
  discountedCount: nonNegative,
});

/** How the methods of a subject have done so far, and which of them is its champion. */
export const standing = z.object({
  kind: forecastKind,
  subjectId: identifier,
  champion: forecastMethod,
  championSince: businessDate.nullable().describe('null until the first switch'),
  scoresSinceSwitch: z.int().min(0).describe('one-day scores of any method since the last switch'),
  horizons: z.record(
    z.string(),
    z.object({
      /** End of the last horizon that did not overlap. */
      independentEnd: businessDate.nullable(),
      methods: z.record(z.string(), methodStanding),
    }),
  ),
});
export type Standing = z.infer<typeof standing>;

/** The method that every other must beat. */
export const REFERENCE_METHOD = 'ewma';

export function newStanding(kind: Standing['kind'], subjectId: string): Standing {
  return { kind, subjectId, champion: REFERENCE_METHOD, championSince: null, scoresSinceSwitch: 0, horizons: {} };
}

/** The standing after one more score of a horizon. */
export function withScore(
  before: Standing,
  horizonDays: number,
  scores: readonly MethodScore[],
  independentEnd: string | null,
  discount: number,
): Standing {
  const known = before.horizons[horizonDays]?.methods ?? {};
  const methods = { ...known };
  for (const { method, qlike } of scores) {
    const { observations, discountedLoss, discountedCount } = known[method] ?? {
      observations: 0,
      discountedLoss: 0,
      discountedCount: 0,
    };
    methods[method] = {
      observations: observations + 1,
      discountedLoss: discount * discountedLoss + Math.max(0, qlike),
      discountedCount: discount * discountedCount + 1,
    };
  }
  return {
    ...before,
    scoresSinceSwitch: before.scoresSinceSwitch + (horizonDays === 1 ? 1 : 0),
    horizons: { ...before.horizons, [horizonDays]: { independentEnd, methods } },
  };
}

/** Discounted mean QLIKE of a method; undefined before its first score. */
export function lossOf(of: Standing, horizonDays: number, method: string): number | undefined {
  const found = of.horizons[horizonDays]?.methods[method];
  return found === undefined || found.observations === 0 ? undefined : found.discountedLoss / found.discountedCount;
}

/** Weights by inverse discounted loss; equal while a method has none. */
export function combinationWeights(
  of: Standing | undefined,
  horizonDays: number,
  methods: readonly string[],
): Float64Array {
  const losses = methods.map((method) => of && lossOf(of, horizonDays, method));
  if (losses.some((loss) => loss === undefined)) return new Float64Array(methods.length).fill(1 / methods.length);
  return pastLossWeights(
    losses.map((loss) => Float64Array.of(loss ?? 0)),
    { kind: 'inverse' },
  );
}

/** Losses of the methods at one day, for those outside. */
export const methodLoss = z.object({
  method: forecastMethod,
  loss: finite.describe('discounted mean QLIKE'),
  observations: z.int().min(0),
});
export type MethodLoss = z.infer<typeof methodLoss>;

export function lossesOf(of: Standing, horizonDays: number): MethodLoss[] {
  return Object.entries(of.horizons[horizonDays]?.methods ?? {}).map(([method, { observations }]) => ({
    method,
    loss: lossOf(of, horizonDays, method) ?? 0,
    observations,
  }));
}
