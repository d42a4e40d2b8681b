import type { Migration } from '@risk-budget/persistence';

/** Until when (wall clock) what this service has said of a portfolio, or of a limit, was rebuilt from its own topics; null where nothing was. */
export const rebuildingColumns: Migration = {
  name: 'limits-0007-rebuilding',
  up: () => [
    `
ALTER TABLE portfolio_evaluation ADD COLUMN rebuilt_until timestamptz;
ALTER TABLE limit_head ADD COLUMN rebuilt_until timestamptz;
`,
  ],
};
