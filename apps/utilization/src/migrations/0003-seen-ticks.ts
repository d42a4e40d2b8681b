import type { Migration } from '@risk-budget/persistence';

/** Up to which moment each portfolio's state goes beyond its last snapshot: ticks that are not told of by themselves move it on too. */
export const seenTicks: Migration = {
  name: 'utilization-0003-seen-ticks',
  up: () => ['ALTER TABLE portfolio_state ADD COLUMN seen_to timestamptz'],
};
