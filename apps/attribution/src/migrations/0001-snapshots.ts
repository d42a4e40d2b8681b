import { createSeriesTable, type Migration } from '@risk-budget/persistence';

/**
 * The snapshots of utilization: which there are in a plain table, which makes their ids and sequences unique, and what each rests on
 * (marks, lineage) as a series beside it. Figures are computed from that when somebody asks.
 */
export const snapshotTables: Migration = {
  name: 'attribution-0001-snapshots',
  up: (context) => [
    `CREATE TABLE snapshot (
       snapshot_id uuid PRIMARY KEY,
       portfolio_id text NOT NULL,
       sequence bigint NOT NULL CHECK (sequence >= 1),
       as_of timestamptz NOT NULL,
       cause text NOT NULL,
       state text NOT NULL CHECK (state IN ('complete', 'incomplete')),
       nav double precision NOT NULL CHECK (nav > 0),
       model_id uuid NOT NULL,
       plan_id uuid,
       plan_version integer,
       position_sequence bigint NOT NULL,
       metrics jsonb NOT NULL,
       UNIQUE (portfolio_id, sequence))`,
    'CREATE INDEX snapshot_as_of ON snapshot (portfolio_id, as_of, sequence)',
    ...createSeriesTable(context, {
      table: 'snapshot_basis',
      columns: {
        portfolio_id: 'text NOT NULL',
        sequence: 'bigint NOT NULL',
        as_of: 'timestamptz NOT NULL',
        lineage: 'jsonb NOT NULL',
        marks: 'jsonb NOT NULL',
      },
      timeColumn: 'as_of',
      chunk: '7 days',
      uniqueKey: ['portfolio_id', 'sequence', 'as_of'],
      compress: { after: '30 days', segmentBy: ['portfolio_id'] },
    }),
  ],
};
