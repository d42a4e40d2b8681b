import { finite, fraction } from '@risk-budget/contracts';
import { dieboldMariano } from '@risk-budget/risk-math';
import { z } from 'zod';
import { unlessTooFew } from './coverage.js';

export const referenceComparison = z
  .object({ statistic: finite, pValue: fraction, meanDifference: finite, observations: z.int() })
  .nullable();
export type ReferenceComparison = z.infer<typeof referenceComparison>;

/** Losses of a method and of its reference for the same days. */
export interface PairedLoss {
  readonly own: number;
  /** Undefined where the reference made no forecast: such a day does not count. */
  readonly reference: number | undefined;
}

/** Diebold and Mariano’s test of a method against its reference, negative where the method is better; null with too few losses. */
export function againstReference(losses: readonly PairedLoss[], horizonDays: number): ReferenceComparison {
  const both = losses.flatMap(({ own, reference }) => (reference === undefined ? [] : [{ own, reference }]));
  return unlessTooFew(() => {
    const { statistic, pValue, meanDifference } = dieboldMariano(
      Float64Array.from(both, ({ own }) => own),
      Float64Array.from(both, ({ reference }) => reference),
      horizonDays,
    );
    return { statistic, pValue, meanDifference, observations: both.length };
  });
}
