import { businessDate, decimal, identifier, instant, positiveDecimal } from '@risk-budget/contracts';
import { z } from 'zod';

/** Time of a day in UTC, as the end of an instant: `21:00:00.000Z`. */
export const timeOfDay = z.string().regex(/^\d{2}:\d{2}:\d{2}\.\d{3}Z$/, 'a time of day such as 21:00:00.000Z');

/** A leaf with the share of net asset value that it starts with. */
export const startingLeaf = z.strictObject({
  strategy: identifier,
  instrumentId: identifier,
  weight: positiveDecimal,
});
export type StartingLeaf = z.infer<typeof startingLeaf>;

export { businessDate, decimal, identifier, instant, positiveDecimal };
