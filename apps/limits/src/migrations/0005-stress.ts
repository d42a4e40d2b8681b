import type { Migration } from '@risk-budget/persistence';

/** Limits on stress loss: the scenario that they name, and the newest daily run that they are held against. */
export const stressTables: Migration = {
  name: 'limits-0005-stress',
  up: `
ALTER TABLE limit_version ADD COLUMN scenario_id text;
CREATE TABLE latest_stress_run (
  portfolio_id text PRIMARY KEY,
  as_of timestamptz NOT NULL,
  run json NOT NULL
);
`,
};
