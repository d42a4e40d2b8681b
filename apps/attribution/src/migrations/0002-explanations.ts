import type { Migration } from '@risk-budget/persistence';

/** Breaches that want an explanation, and everything that was explained. One explanation a transition, whatever arrives twice. */
export const explanationTables: Migration = {
  name: 'attribution-0002-explanations',
  up: `
    CREATE TABLE explanation_task (
      explanation_id uuid PRIMARY KEY,
      portfolio_id text NOT NULL,
      breach_id uuid NOT NULL,
      limit_id text NOT NULL,
      transition text NOT NULL CHECK (transition IN ('opened', 'worsened')),
      at timestamptz NOT NULL,
      measure text NOT NULL,
      node_id text NOT NULL,
      from_snapshot_id uuid,
      to_snapshot_id uuid NOT NULL,
      correlation_id text NOT NULL,
      causation_id text NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      done boolean NOT NULL DEFAULT false,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (breach_id, transition, at)
    );
    CREATE INDEX explanation_task_pending ON explanation_task (next_attempt_at) WHERE NOT done;
    CREATE TABLE explanation (
      explanation_id uuid PRIMARY KEY,
      number bigint GENERATED ALWAYS AS IDENTITY,
      portfolio_id text NOT NULL,
      as_of timestamptz NOT NULL,
      cause text NOT NULL CHECK (cause IN ('breach', 'schedule')),
      breach_id uuid,
      state text NOT NULL CHECK (state IN ('explained', 'unexplained')),
      document jsonb NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX explanation_portfolio ON explanation (portfolio_id, as_of DESC, number DESC);
    CREATE INDEX explanation_breach ON explanation (breach_id) WHERE breach_id IS NOT NULL;`,
};
