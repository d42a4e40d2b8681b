import {
  compressSeries,
  createSeriesAggregate,
  createSeriesTable,
  keepSeries,
  type Migration,
} from '@risk-budget/persistence';
import { definitionTableSql } from './common/definition-table.js';

/** Tables of market data. Needs `persistenceMigrations` earlier in the service's list. */
export const marketDataMigrations: Migration[] = [
  {
    name: 'market-data-0001-definitions',
    up: [
      definitionTableSql('md_portfolio'),
      definitionTableSql('md_instrument'),
      `CREATE TABLE md_benchmark (
        benchmark_id text NOT NULL, as_of timestamptz NOT NULL, revision integer NOT NULL, known_at timestamptz NOT NULL,
        source_id uuid NOT NULL, body jsonb NOT NULL, PRIMARY KEY (benchmark_id, as_of, revision))`,
      `CREATE TABLE md_corporate_action (
        instrument_id text NOT NULL, kind text NOT NULL, ex_date date NOT NULL, revision integer NOT NULL,
        known_at timestamptz NOT NULL, source_id uuid NOT NULL, body jsonb NOT NULL,
        PRIMARY KEY (instrument_id, ex_date, kind, revision))`,
      `CREATE TABLE md_position_statement (
        portfolio_id text NOT NULL, sequence bigint NOT NULL, revision integer NOT NULL,
        kind text NOT NULL CHECK (kind IN ('snapshot', 'changes')), as_of timestamptz NOT NULL,
        known_at timestamptz NOT NULL, source_id uuid NOT NULL, body jsonb NOT NULL,
        PRIMARY KEY (portfolio_id, sequence, revision))`,
      `CREATE TABLE md_risk_model (
        model_id uuid PRIMARY KEY, ordinal bigint GENERATED ALWAYS AS IDENTITY, portfolio_id text NOT NULL,
        policy_id text NOT NULL, policy_version integer NOT NULL, as_of timestamptz NOT NULL, known_at timestamptz NOT NULL,
        source_id uuid NOT NULL, body json NOT NULL)`,
      'CREATE INDEX md_risk_model_latest ON md_risk_model (portfolio_id, as_of, known_at)',
      `CREATE TABLE md_budget_plan (
        source_id uuid PRIMARY KEY, ordinal bigint GENERATED ALWAYS AS IDENTITY, portfolio_id text NOT NULL,
        plan_id uuid NOT NULL, version integer NOT NULL, status text NOT NULL, effective_from timestamptz,
        known_at timestamptz NOT NULL, body json NOT NULL)`,
      'CREATE INDEX md_budget_plan_portfolio ON md_budget_plan (portfolio_id, ordinal)',
      `CREATE TABLE md_change (
        id bigint GENERATED ALWAYS AS IDENTITY, xid bigint NOT NULL, kind text NOT NULL, keys text[] NOT NULL, earliest timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
      'CREATE INDEX md_change_xid ON md_change (xid)',
      `CREATE TABLE md_load (
        load_id uuid PRIMARY KEY, dataset text NOT NULL, format text NOT NULL, portfolio_id text,
        known_at timestamptz NOT NULL, bytes bigint, job_id uuid,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
      `CREATE TABLE md_load_part (
        load_id uuid NOT NULL REFERENCES md_load ON DELETE CASCADE, part integer NOT NULL, content bytea NOT NULL,
        PRIMARY KEY (load_id, part))`,
    ].join(';\n'),
  },
  {
    name: 'market-data-0002-series',
    up: (context) => [
      ...createSeriesTable(context, {
        table: 'md_bar',
        columns: {
          instrument_id: 'text NOT NULL',
          time: 'timestamptz NOT NULL',
          revision: 'integer NOT NULL',
          known_at: 'timestamptz NOT NULL',
          source_id: 'uuid NOT NULL',
          open: 'numeric',
          high: 'numeric',
          low: 'numeric',
          close: 'numeric NOT NULL',
          volume: 'numeric',
          adjustment_factor: 'numeric NOT NULL',
          adjusted_through: 'date',
        },
        timeColumn: 'time',
        chunk: '5 years',
        uniqueKey: ['instrument_id', 'time', 'revision'],
      }),
      ...createSeriesTable(context, {
        table: 'md_fx_rate',
        columns: {
          pair: 'text NOT NULL',
          time: 'timestamptz NOT NULL',
          revision: 'integer NOT NULL',
          known_at: 'timestamptz NOT NULL',
          source_id: 'uuid NOT NULL',
          rate: 'numeric NOT NULL',
        },
        timeColumn: 'time',
        chunk: '5 years',
        uniqueKey: ['pair', 'time', 'revision'],
      }),
      ...createSeriesTable(context, {
        table: 'md_tick',
        columns: {
          instrument_id: 'text NOT NULL',
          time: 'timestamptz NOT NULL',
          ordinal: 'bigint GENERATED ALWAYS AS IDENTITY',
          price: 'numeric NOT NULL',
          known_at: 'timestamptz NOT NULL',
          source_id: 'uuid NOT NULL',
        },
        timeColumn: 'time',
        chunk: '1 day',
        uniqueKey: ['instrument_id', 'time', 'source_id'],
        compress: { after: '2 days', segmentBy: ['instrument_id'] },
      }),
    ],
  },
  {
    name: 'market-data-0003-logged-by-triggers',
    up: `
CREATE FUNCTION md_log_benchmarks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO md_change (xid, kind, keys, earliest)
  SELECT pg_current_xact_id()::text::bigint, 'benchmark', array_agg(DISTINCT benchmark_id), '-infinity' FROM written
  HAVING count(*) > 0;
  RETURN NULL;
END $$;

-- The kind of change is the argument.
CREATE FUNCTION md_log_portfolios() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO md_change (xid, kind, keys, earliest)
  SELECT pg_current_xact_id()::text::bigint, TG_ARGV[0], array_agg(DISTINCT portfolio_id), '-infinity' FROM written
  HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER md_benchmark_logged AFTER INSERT ON md_benchmark REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION md_log_benchmarks();
CREATE TRIGGER md_budget_plan_logged AFTER INSERT ON md_budget_plan REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION md_log_portfolios('budgetPlan');
CREATE TRIGGER md_position_statement_logged AFTER INSERT ON md_position_statement REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION md_log_portfolios('position');
`,
  },
  {
    name: 'market-data-0004-series-upkeep',
    up: [
      keepSeries('md_tick', 90),
      // Of five years each: one that ended a year ago is hardly corrected any more, and always read by instrument.
      ...compressSeries('md_bar', 'time', { after: '1 year', segmentBy: ['instrument_id'] }),
      ...compressSeries('md_fx_rate', 'time', { after: '1 year', segmentBy: ['pair'] }),
      ...createSeriesAggregate({
        view: 'md_tick_hour',
        table: 'md_tick',
        timeColumn: 'time',
        bucket: '1 hour',
        groupBy: ['instrument_id'],
        columns: {
          open: '(array_agg(price ORDER BY time, ordinal))[1]',
          high: 'max(price)',
          low: 'min(price)',
          close: '(array_agg(price ORDER BY time DESC, ordinal DESC))[1]',
          ticks: 'count(*)',
        },
        // Less than ticks are kept: what has been dropped must not be computed again.
        refreshDays: 30,
        keepDays: 1826,
      }),
    ].join(';\n'),
  },
];
