import type { Migration } from '@risk-budget/persistence';

/** The limits of each portfolio, whose crossings are told at once. One that has ended keeps its version and has no document. */
export const watchedLimitTables: Migration = {
  name: 'utilization-0002-watched-limits',
  up: () => [
    `CREATE TABLE watched_limit (
       limit_id text PRIMARY KEY,
       portfolio_id text NOT NULL,
       version integer NOT NULL,
       document jsonb)`,
    'CREATE INDEX watched_limit_portfolio ON watched_limit (portfolio_id) WHERE document IS NOT NULL',
    'ALTER TABLE portfolio_state ADD COLUMN limits_revision integer NOT NULL DEFAULT 0',
  ],
};
