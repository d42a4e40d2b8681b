import type { Migration } from '@risk-budget/persistence';

/** Realised returns as upstream states them; a later statement of the same day and level stands beside the earlier one. */
export const realisedReturnTables: Migration = {
  name: 'attribution-0003-realised-returns',
  up: `
    CREATE TABLE realised_return (
      portfolio_id text NOT NULL,
      date date NOT NULL,
      level text NOT NULL CHECK (level IN ('security', 'strategy', 'sector')),
      known_at timestamptz NOT NULL,
      source_id text NOT NULL UNIQUE,
      rows jsonb NOT NULL
    );
    CREATE INDEX realised_return_day ON realised_return (portfolio_id, date, level, known_at DESC);`,
};
