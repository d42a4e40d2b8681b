import type { Migration } from '@risk-budget/persistence';

/** What explains a breach, as attribution publishes it; and the last snapshot in which each limit held, from which it is explained. */
export const explanationTables: Migration = {
  name: 'limits-0006-explanations',
  up: () => [
    `
ALTER TABLE limit_standing ADD COLUMN held_snapshot_id uuid;
UPDATE limit_standing SET held_snapshot_id = snapshot_id WHERE state = 'compliant';

ALTER TABLE breach ADD COLUMN held_snapshot_id uuid, ADD COLUMN budget_measure text;

CREATE TABLE breach_explanation (
  explanation_id uuid PRIMARY KEY,
  breach_id uuid NOT NULL,
  transition text NOT NULL CHECK (transition IN ('opened', 'worsened')),
  at timestamptz NOT NULL,
  document jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (breach_id, transition, at)
);
`,
  ],
};
