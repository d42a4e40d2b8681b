import type { Migration } from '@risk-budget/persistence';

/** Tables of this service beside those of the libraries. The models themselves stand in market-data's store of risk models. */
export const forecastingMigrations: readonly Migration[] = [
  {
    name: 'forecasting-0001-estimates',
    up: `
      CREATE TABLE model_estimate (
        model_id uuid PRIMARY KEY,
        portfolio_id text NOT NULL,
        policy_id text NOT NULL,
        policy_version integer NOT NULL,
        known_at timestamptz NOT NULL,
        cause text NOT NULL CHECK (cause IN ('schedule', 'request', 'policy')),
        requested_by jsonb,
        input_hash text NOT NULL,
        summary jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX model_estimate_by_portfolio ON model_estimate (portfolio_id, known_at DESC, recorded_at DESC, model_id DESC);
      CREATE TABLE model_failure (
        failure_id uuid PRIMARY KEY,
        portfolio_id text NOT NULL,
        at timestamptz NOT NULL,
        cause text NOT NULL CHECK (cause IN ('schedule', 'policy')),
        policy_id text,
        policy_version integer,
        code text NOT NULL,
        detail text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX model_failure_by_portfolio ON model_failure (portfolio_id, at DESC, failure_id DESC);`,
  },
];
