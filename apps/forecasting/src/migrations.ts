import { insertOnly, type Migration } from '@risk-budget/persistence';

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
  {
    name: 'forecasting-0002-forecasts',
    up: (context) => [
      `
      CREATE TABLE forecast_policy (
        version integer PRIMARY KEY,
        effective_from timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE TABLE volatility_fit (
        fit_id uuid PRIMARY KEY,
        kind text NOT NULL,
        subject_id text NOT NULL,
        fitted_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (kind, subject_id, fitted_at)
      );
      CREATE TABLE forecast (
        forecast_id uuid PRIMARY KEY,
        kind text NOT NULL,
        subject_id text NOT NULL,
        as_of timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (kind, subject_id, as_of)
      );
      CREATE INDEX forecast_by_time ON forecast (kind, subject_id, made_at DESC);
      CREATE TABLE forecast_due (
        forecast_id uuid NOT NULL REFERENCES forecast,
        horizon_days integer NOT NULL,
        calendar text NOT NULL,
        as_of_date date NOT NULL,
        PRIMARY KEY (forecast_id, horizon_days)
      );
      CREATE TABLE forecast_score (
        forecast_id uuid NOT NULL REFERENCES forecast,
        horizon_days integer NOT NULL,
        kind text NOT NULL,
        subject_id text NOT NULL,
        window_end date NOT NULL,
        scored_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (forecast_id, horizon_days)
      );
      CREATE INDEX forecast_score_by_time ON forecast_score (kind, subject_id, horizon_days, window_end DESC, forecast_id DESC);
      CREATE TABLE forecast_standing (
        kind text NOT NULL,
        subject_id text NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (kind, subject_id)
      );
      CREATE TABLE champion_change (
        change_id uuid PRIMARY KEY,
        kind text NOT NULL,
        subject_id text NOT NULL,
        at timestamptz NOT NULL,
        body jsonb NOT NULL
      );
      CREATE INDEX champion_change_by_time ON champion_change (kind, subject_id, at DESC);
      CREATE TABLE forecast_run (
        calendar text NOT NULL,
        at timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (calendar, at)
      );
      CREATE TABLE regime_fit (
        fit_id uuid PRIMARY KEY,
        kind text NOT NULL,
        subject_id text NOT NULL,
        states integer NOT NULL,
        fitted_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (kind, subject_id, states, fitted_at)
      );
      CREATE TABLE regime (
        regime_id uuid PRIMARY KEY,
        kind text NOT NULL,
        subject_id text NOT NULL,
        states integer NOT NULL,
        as_of timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (kind, subject_id, states, as_of)
      );`,
      ...[
        'forecast_policy',
        'volatility_fit',
        'forecast',
        'forecast_score',
        'champion_change',
        'forecast_run',
        'regime_fit',
        'regime',
      ].flatMap((table) => insertOnly(context, table)),
    ],
  },
  {
    name: 'forecasting-0003-outcomes',
    up: (context) => [
      `
      CREATE TABLE prediction (
        source text NOT NULL,
        prediction_id text NOT NULL,
        kind text NOT NULL,
        subject_id text NOT NULL,
        made_at timestamptz NOT NULL,
        horizon_days integer NOT NULL,
        forecast_id uuid REFERENCES forecast,
        status text NOT NULL CHECK (status IN ('open', 'scored', 'late', 'noForecast', 'notScored', 'refused')),
        body jsonb NOT NULL,
        PRIMARY KEY (source, prediction_id)
      );
      CREATE INDEX prediction_by_time ON prediction (made_at DESC, source DESC, prediction_id DESC);
      CREATE INDEX prediction_open ON prediction (forecast_id) WHERE status = 'open';
      CREATE TABLE value_at_risk (
        forecast_id uuid PRIMARY KEY REFERENCES forecast,
        portfolio_id text NOT NULL,
        as_of timestamptz NOT NULL,
        body jsonb NOT NULL
      );
      CREATE INDEX value_at_risk_by_time ON value_at_risk (portfolio_id, as_of DESC);`,
      ...insertOnly(context, 'value_at_risk'),
    ],
  },
  {
    name: 'forecasting-0004-breach-probabilities',
    up: (context) => [
      `
      CREATE TABLE known_limit (
        limit_id text PRIMARY KEY,
        portfolio_id text NOT NULL,
        body jsonb NOT NULL
      );
      CREATE INDEX known_limit_by_portfolio ON known_limit (portfolio_id);
      CREATE TABLE limit_break (
        breach_id uuid PRIMARY KEY,
        portfolio_id text NOT NULL,
        limit_id text NOT NULL,
        at timestamptz NOT NULL
      );
      CREATE INDEX limit_break_by_limit ON limit_break (portfolio_id, limit_id, at);
      CREATE TABLE breach_estimate (
        estimate_id uuid PRIMARY KEY,
        portfolio_id text NOT NULL,
        at timestamptz NOT NULL,
        calendar text NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (portfolio_id, at)
      );`,
      ...insertOnly(context, 'limit_break', 'breach_estimate'),
    ],
  },
  {
    name: 'forecasting-0005-correlations',
    up: (context) => [
      `
      CREATE TABLE correlation_fit (
        fit_id uuid PRIMARY KEY,
        set_id text NOT NULL,
        fitted_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        UNIQUE (set_id, fitted_at)
      );
      CREATE TABLE correlation_forecast (
        forecast_id uuid PRIMARY KEY,
        set_id text NOT NULL,
        as_of timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (set_id, as_of)
      );
      CREATE INDEX correlation_forecast_by_time ON correlation_forecast (set_id, made_at DESC);
      CREATE TABLE correlation_matrix (
        forecast_id uuid NOT NULL REFERENCES correlation_forecast,
        horizon_days integer NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (forecast_id, horizon_days)
      );
      CREATE TABLE correlation_due (
        forecast_id uuid NOT NULL REFERENCES correlation_forecast,
        horizon_days integer NOT NULL,
        calendar text NOT NULL,
        as_of_date date NOT NULL,
        PRIMARY KEY (forecast_id, horizon_days)
      );
      CREATE TABLE correlation_score (
        forecast_id uuid NOT NULL REFERENCES correlation_forecast,
        horizon_days integer NOT NULL,
        set_id text NOT NULL,
        window_end date NOT NULL,
        overlapping boolean NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (forecast_id, horizon_days)
      );
      CREATE INDEX correlation_score_by_time ON correlation_score (set_id, horizon_days, window_end DESC, forecast_id DESC);`,
      ...insertOnly(context, 'correlation_fit', 'correlation_forecast', 'correlation_matrix', 'correlation_score'),
    ],
  },
  {
    name: 'forecasting-0006-regime-scores',
    up: (context) => [
      `
      CREATE TABLE regime_due (
        regime_id uuid NOT NULL REFERENCES regime,
        horizon_days integer NOT NULL,
        calendar text NOT NULL,
        as_of_date date NOT NULL,
        PRIMARY KEY (regime_id, horizon_days)
      );
      CREATE TABLE regime_score (
        regime_id uuid NOT NULL REFERENCES regime,
        horizon_days integer NOT NULL,
        subject_id text NOT NULL,
        states integer NOT NULL,
        window_end date NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (regime_id, horizon_days)
      );
      CREATE INDEX regime_score_by_time ON regime_score (subject_id, states, horizon_days, window_end DESC, regime_id DESC);
      ALTER TABLE prediction ADD COLUMN regime_id uuid REFERENCES regime;
      CREATE INDEX prediction_open_of_regime ON prediction (regime_id) WHERE status = 'open';`,
      ...insertOnly(context, 'regime_score'),
    ],
  },
];
