import type { CorporateAction } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** Splits and dividends by instrument and ex-date. */
export abstract class CorporateActionStore {
  /** @returns false when it is what was known already */
  abstract put(action: CorporateAction, source: Source, tx?: Tx): Promise<boolean>;
  /** Actions with an ex-date at or before the day of `asOf`, oldest first, by instrument. */
  abstract find(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<Map<string, CorporateAction[]>>;
}
