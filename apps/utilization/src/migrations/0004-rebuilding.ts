import type { Migration } from '@risk-budget/persistence';

/** Portfolios whose last snapshot was rebuilt from the topic, and whose inputs are still being read again: no snapshot is taken of them meanwhile. */
export const rebuildingColumn: Migration = {
  name: 'utilization-0004-rebuilding',
  up: () => ['ALTER TABLE portfolio_state ADD COLUMN rebuilding boolean NOT NULL DEFAULT FALSE'],
};
