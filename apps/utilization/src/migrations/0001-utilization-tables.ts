import { createSeriesTable, type Migration } from '@risk-budget/persistence';

/**
 * The state of each portfolio (the row every snapshot is taken under), the snapshots with their nodes as series, and the alerts.
 * Uniqueness of a snapshot's id and sequence stands in a plain table, for that of a series must hold its time.
 */
export const utilizationTables: Migration = {
  name: 'utilization-0001-tables',
  up: (context) => [
    `CREATE TABLE portfolio_state (
       portfolio_id text PRIMARY KEY,
       sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0),
       snapshot_id uuid,
       as_of timestamptz,
       model_id uuid,
       plan_id uuid,
       plan_version integer,
       currencies text[] NOT NULL DEFAULT '{}',
       problem jsonb,
       memory jsonb NOT NULL,
       headline jsonb,
       CHECK ((snapshot_id IS NULL) = (sequence = 0)),
       CHECK ((as_of IS NULL) = (sequence = 0)))`,
    `CREATE TABLE snapshot_index (
       snapshot_id uuid PRIMARY KEY,
       portfolio_id text NOT NULL,
       sequence bigint NOT NULL CHECK (sequence >= 1),
       as_of timestamptz NOT NULL,
       UNIQUE (portfolio_id, sequence))`,
    'CREATE INDEX snapshot_index_as_of ON snapshot_index (portfolio_id, as_of, sequence)',
    ...createSeriesTable(context, {
      table: 'snapshot',
      columns: {
        portfolio_id: 'text NOT NULL',
        sequence: 'bigint NOT NULL',
        as_of: 'timestamptz NOT NULL',
        document: 'jsonb NOT NULL',
      },
      timeColumn: 'as_of',
      chunk: '7 days',
      uniqueKey: ['portfolio_id', 'sequence', 'as_of'],
      compress: { after: '30 days', segmentBy: ['portfolio_id'] },
    }),
    ...createSeriesTable(context, {
      table: 'snapshot_node',
      columns: {
        portfolio_id: 'text NOT NULL',
        node_id: 'text NOT NULL',
        as_of: 'timestamptz NOT NULL',
        sequence: 'bigint NOT NULL',
        position: 'integer NOT NULL',
        document: 'jsonb NOT NULL',
      },
      timeColumn: 'as_of',
      chunk: '7 days',
      uniqueKey: ['portfolio_id', 'node_id', 'as_of', 'sequence'],
      indexes: [{ columns: ['portfolio_id', 'as_of', 'sequence', 'position'] }],
      compress: { after: '30 days', segmentBy: ['portfolio_id'] },
    }),
    `CREATE TABLE alert (
       alert_id uuid PRIMARY KEY,
       number bigint GENERATED ALWAYS AS IDENTITY,
       portfolio_id text NOT NULL,
       as_of timestamptz NOT NULL,
       kind text NOT NULL,
       document jsonb NOT NULL)`,
    'CREATE INDEX alert_portfolio ON alert (portfolio_id, as_of DESC, number DESC)',
  ],
};
