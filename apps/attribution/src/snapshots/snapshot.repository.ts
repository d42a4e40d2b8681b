import { Injectable } from '@nestjs/common';
import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { ensureSeriesOf, insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import {
  snapshotHead,
  storedSnapshot,
  type SnapshotHead,
  type SnapshotRange,
  type StoredSnapshot,
} from './stored-snapshot.js';

const headColumns = {
  snapshot_id: 'uuid',
  portfolio_id: 'text',
  sequence: 'bigint',
  as_of: 'timestamptz',
  cause: 'text',
  state: 'text',
  nav: 'double precision',
  model_id: 'uuid',
  plan_id: 'uuid',
  plan_version: 'integer',
  position_sequence: 'bigint',
  metrics: 'jsonb',
};

const basisColumns = {
  portfolio_id: 'text',
  sequence: 'bigint',
  as_of: 'timestamptz',
  lineage: 'jsonb',
  marks: 'jsonb',
};

const head = `s.snapshot_id AS "snapshotId", s.portfolio_id AS "portfolioId", s.sequence, s.as_of AS "asOf", s.cause, s.state, s.nav,
  s.model_id AS "modelId", s.plan_id AS "planId", s.plan_version AS "planVersion", s.position_sequence AS "positionSequence", s.metrics`;

const whole = `SELECT ${head}, b.lineage, b.marks FROM snapshot s
  JOIN snapshot_basis b ON b.portfolio_id = s.portfolio_id AND b.sequence = s.sequence AND b.as_of = s.as_of`;

/** The snapshots of utilization and what each rests on, written once and never changed. */
@Injectable()
export class SnapshotRepository {
  constructor(private readonly persistence: Persistence) {}

  /** Two statements for any number of snapshots; one that is known already changes nothing. */
  async insert(tx: Tx, snapshots: readonly UtilizationSnapshot[]): Promise<void> {
    await ensureSeriesOf(
      tx,
      'snapshot_basis',
      snapshots.map((snapshot) => snapshot.asOf),
    );
    await insertMany(tx, 'snapshot', headColumns, snapshots.map(headOf), 'DO NOTHING');
    await insertMany(tx, 'snapshot_basis', basisColumns, snapshots.map(basisOf), 'DO NOTHING');
  }

  async find(snapshotId: string, tx?: Tx): Promise<StoredSnapshot | undefined> {
    const [row] = await this.read(tx, `${whole} WHERE s.snapshot_id = $1`, [snapshotId]);
    return row === undefined ? undefined : storedSnapshot.parse(row);
  }

  /** The last snapshot whose moment is not after `asOf`; the latest when absent. */
  async at(portfolioId: string, asOf?: string, tx?: Tx): Promise<StoredSnapshot | undefined> {
    const [row] = await this.read(
      tx,
      `${whole} WHERE s.portfolio_id = $1 AND ($2::timestamptz IS NULL OR s.as_of <= $2) ORDER BY s.as_of DESC, s.sequence DESC LIMIT 1`,
      [portfolioId, asOf ?? null],
    );
    return row === undefined ? undefined : storedSnapshot.parse(row);
  }

  /** Whether any snapshot of the portfolio is known. */
  async knows(portfolioId: string): Promise<boolean> {
    const found = await this.persistence.query('SELECT FROM snapshot WHERE portfolio_id = $1 LIMIT 1', [portfolioId]);
    return found.length > 0;
  }

  /** Snapshots without what they rest on, newest first. */
  async list({ portfolioId, from, to, before, limit, every }: SnapshotRange, tx?: Tx): Promise<SnapshotHead[]> {
    const found = await this.read(
      tx,
      `SELECT ${head} FROM snapshot s
       WHERE s.portfolio_id = $1 AND ($2::timestamptz IS NULL OR s.as_of >= $2) AND ($3::timestamptz IS NULL OR s.as_of <= $3)
         AND ($4::timestamptz IS NULL OR (s.as_of, s.sequence) < ($4, $5::bigint))
         AND ($7 = 'snapshot' OR NOT EXISTS (
           SELECT FROM snapshot l WHERE l.portfolio_id = s.portfolio_id AND (l.as_of, l.sequence) > (s.as_of, s.sequence)
             AND l.as_of < date_trunc('day', s.as_of, 'UTC') + interval '1 day'))
       ORDER BY s.as_of DESC, s.sequence DESC LIMIT $6`,
      [portfolioId, from, to, before?.asOf ?? null, before?.sequence ?? null, limit, every],
    );
    return found.map((row) => snapshotHead.parse(row));
  }

  private read(tx: Tx | undefined, sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    return tx === undefined ? this.persistence.query(sql, values) : rows(tx, sql, values);
  }
}

function headOf(snapshot: UtilizationSnapshot): Record<keyof typeof headColumns, string | number | null> {
  const { lineage } = snapshot;
  return {
    snapshot_id: snapshot.snapshotId,
    portfolio_id: snapshot.portfolioId,
    sequence: snapshot.sequence,
    as_of: snapshot.asOf,
    cause: snapshot.cause,
    state: snapshot.state,
    nav: snapshot.nav,
    model_id: lineage.modelId,
    plan_id: lineage.planId,
    plan_version: lineage.planVersion,
    position_sequence: lineage.positionSequence,
    metrics: JSON.stringify(snapshot.metrics),
  };
}

function basisOf(snapshot: UtilizationSnapshot): Record<keyof typeof basisColumns, string | number> {
  return {
    portfolio_id: snapshot.portfolioId,
    sequence: snapshot.sequence,
    as_of: snapshot.asOf,
    lineage: JSON.stringify(snapshot.lineage),
    marks: JSON.stringify(snapshot.marks),
  };
}
