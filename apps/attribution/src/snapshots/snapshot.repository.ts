import { Injectable } from '@nestjs/common';
import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { ensureSeriesOf, insertMany, type Tx } from '@risk-budget/persistence';

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

/** The snapshots of utilization and what each rests on, written once and never changed. */
@Injectable()
export class SnapshotRepository {
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
