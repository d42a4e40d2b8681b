import { Injectable } from '@nestjs/common';
import { execute, executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { explanationTask, type ExplanationTask } from './explanation.types.js';

const columns = `explanation_id AS "explanationId", portfolio_id AS "portfolioId", breach_id AS "breachId", limit_id AS "limitId", transition,
  at, measure, node_id AS "nodeId", from_snapshot_id AS "fromSnapshotId", to_snapshot_id AS "toSnapshotId",
  correlation_id AS "correlationId", causation_id AS "causationId", attempts`;

/** SQL over the breaches that want an explanation. */
@Injectable()
export class ExplanationTasksRepository {
  /** @returns false when the transition is known already */
  async insert(tx: Tx, task: ExplanationTask): Promise<boolean> {
    const inserted = await execute(
      tx,
      `INSERT INTO explanation_task (explanation_id, portfolio_id, breach_id, limit_id, transition, at, measure, node_id,
         from_snapshot_id, to_snapshot_id, correlation_id, causation_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
      [
        task.explanationId,
        task.portfolioId,
        task.breachId,
        task.limitId,
        task.transition,
        task.at,
        task.measure,
        task.nodeId,
        task.fromSnapshotId,
        task.toSnapshotId,
        task.correlationId,
        task.causationId,
      ],
    );
    return inserted > 0;
  }

  /** Locks some that are due, so that no other instance takes them. */
  async due(tx: Tx, limit: number): Promise<ExplanationTask[]> {
    const found = await rows(
      tx,
      `SELECT ${columns} FROM explanation_task WHERE NOT done AND next_attempt_at <= clock_timestamp()
       ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    return z.array(explanationTask).parse(found);
  }

  async postpone(tx: Tx, explanationId: string, inMs: number): Promise<void> {
    await executeLater(
      tx,
      `UPDATE explanation_task SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond'
       WHERE explanation_id = $1`,
      [explanationId, inMs],
    );
  }

  async finish(tx: Tx, explanationId: string): Promise<void> {
    await executeLater(
      tx,
      'UPDATE explanation_task SET done = true, attempts = attempts + 1 WHERE explanation_id = $1',
      [explanationId],
    );
  }
}
