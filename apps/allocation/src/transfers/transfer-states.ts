import type { TransferStatus } from '../plans/plan.schemas.js';

/** What may be decided about a transfer. */
export type TransferAction = 'approve' | 'reject' | 'withdraw';

/** The life of a transfer; whatever is not here is refused. */
export const transferTransitions: Readonly<
  Record<TransferStatus, Readonly<Partial<Record<TransferAction, TransferStatus>>>>
> = {
  proposed: { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' },
  approved: {},
  rejected: {},
  withdrawn: {},
};
