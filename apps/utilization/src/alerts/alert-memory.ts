import { utilizationState } from '@risk-budget/contracts';
import { z } from 'zod';
import { limitSide } from '../limits/limit-watch.js';

/**
 * What has been alerted and not yet withdrawn, for one portfolio. It lives in the portfolio's row, so that each transition is found by
 * exactly one transaction.
 */
export const alertMemory = z.object({
  /** States that are not green, by measure and node. */
  states: z.record(z.string(), utilizationState),
  incomplete: z.boolean(),
  /** No plan is active: nothing of the portfolio has a budget. */
  withoutPlan: z.boolean(),
  staleInstruments: z.array(z.string()),
  /** Limits whose figure is not inside, by id. */
  limitSides: z.record(z.string(), limitSide).default({}),
});
export type AlertMemory = z.infer<typeof alertMemory>;

/** Before the first snapshot nothing has been said. */
export const nothingAlerted: AlertMemory = {
  states: {},
  incomplete: false,
  withoutPlan: false,
  staleInstruments: [],
  limitSides: {},
};
