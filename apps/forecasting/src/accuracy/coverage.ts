import { finite, fraction, nonNegative } from '@risk-budget/contracts';
import { baselZone, christoffersen, kupiec, RiskMathError } from '@risk-budget/risk-math';
import { z } from 'zod';

/** The levels at which value at risk is held against what happened. */
export const CONFIDENCES = [0.95, 0.99] as const;

const test = z.object({ statistic: finite, pValue: fraction });

/** How often losses were strictly beyond value at risk, and whether that is what it promises. */
export const coverage = z.object({
  confidence: fraction,
  observations: z.int(),
  exceedances: z.int(),
  expected: nonNegative,
  kupiec: test.nullable().describe('the right frequency'),
  independence: test.nullable().describe('of Christoffersen: one exceedance makes no other likelier the day after'),
  conditionalCoverage: test.nullable().describe('of Christoffersen: both'),
  basel: z
    .object({
      zone: z.enum(['green', 'yellow', 'red']),
      cumulativeProbability: fraction,
      plusFactor: nonNegative.nullable(),
    })
    .nullable(),
});
export type Coverage = z.infer<typeof coverage>;

/** @param hits 1 on a day of exceedance, else 0, in order */
export function coverageOf(hits: readonly number[], confidence: number): Coverage {
  const observations = hits.length;
  const exceedances = hits.reduce((total, hit) => total + hit, 0);
  const chain = unlessTooFew(() => christoffersen(hits, confidence));
  const unconditional = unlessTooFew(() => kupiec(exceedances, observations, confidence));
  return {
    confidence,
    observations,
    exceedances,
    expected: (1 - confidence) * observations,
    kupiec: unconditional && pick(unconditional),
    independence: chain && pick(chain.independence),
    conditionalCoverage: chain && pick(chain.conditionalCoverage),
    basel: unlessTooFew(() => baselZone(exceedances, observations, confidence)),
  };
}

function pick({ statistic, pValue }: { readonly statistic: number; readonly pValue: number }): z.infer<typeof test> {
  return { statistic, pValue };
}

/** Null where the observations are too few, or say nothing. */
export function unlessTooFew<Result>(compute: () => Result): Result | null {
  try {
    return compute();
  } catch (error) {
    if (RiskMathError.is(error)) return null;
    throw error;
  }
}
