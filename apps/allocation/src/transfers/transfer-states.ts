import type { StateMachine } from '@risk-budget/service-kit';
import type { TransferStatus } from '../plans/plan.schemas.js';

/** What may be decided about a transfer. */
export type TransferAction = 'approve' | 'reject' | 'withdraw';

/** The life of a transfer; whatever is not here is refused. */
export const transferMachine: StateMachine<TransferStatus, TransferAction> = {
  initial: 'proposed',
  final: ['approved', 'rejected', 'withdrawn'],
  transitions: {
    proposed: { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' },
    approved: {},
    rejected: {},
    withdrawn: {},
  },
};
