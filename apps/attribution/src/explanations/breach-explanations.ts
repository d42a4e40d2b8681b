import { Injectable } from '@nestjs/common';
import { CodedError } from '@risk-budget/contracts';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { Logger } from '@risk-budget/service-kit';
import { ChangeExplainer, requireExplainable } from '../changes/change-explainer.js';
import type { ChangeAnswer } from '../changes/change.types.js';
import { AttributionError } from '../errors.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import type { StoredSnapshot } from '../snapshots/stored-snapshot.js';
import { ExplanationPublisher } from './explanation-publisher.js';
import { ExplanationTasksRepository } from './explanation-tasks.repository.js';
import type { ExplanationTask } from './explanation.types.js';

/** Tries that what stands behind a snapshot is waited for: topics have no order among each other. About a minute. */
const PATIENCE = 40;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What may still be on its way. */
const late: ReadonlySet<string> = new Set([
  'ATTRIBUTION.UNKNOWN_SNAPSHOT',
  'ATTRIBUTION.INPUT_GONE',
  'ATTRIBUTION.NOT_REBUILT',
]);

/** Explains the transitions of breaches, each exactly once. */
@Injectable()
export class BreachExplanations {
  constructor(
    private readonly tasks: ExplanationTasksRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly explainer: ChangeExplainer,
    private readonly publisher: ExplanationPublisher,
    private readonly logger: Logger,
  ) {}

  /** Explains one, or puts it off while something may still arrive. What will never be explained is told with its reason. */
  async attempt(tx: Tx, task: ExplanationTask): Promise<void> {
    const { correlationId, causationId, explanationId } = task;
    const origin = { correlationId, causationId };
    const found = await this.explain(tx, task);
    if (!CodedError.is(found)) {
      await this.publisher.explained(tx, subjectOf(task), found, origin);
      return this.tasks.finish(tx, explanationId);
    }
    if (late.has(found.code) && task.attempts < PATIENCE) {
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** task.attempts);
      return this.tasks.postpone(tx, explanationId, pause);
    }
    const { breachId, toSnapshotId } = task;
    this.logger.warn('a breach cannot be explained', { breachId, explanationId, error: found });
    await this.publisher.unexplained(tx, { ...subjectOf(task), toSnapshotId }, found, origin);
    return this.tasks.finish(tx, explanationId);
  }

  private async explain(tx: Tx, task: ExplanationTask): Promise<ChangeAnswer | CodedError> {
    const { measure, nodeId, fromSnapshotId, toSnapshotId } = task;
    try {
      requireExplainable(measure);
      const to = await this.snapshot(tx, toSnapshotId);
      const from = fromSnapshotId === null ? null : await this.snapshot(tx, fromSnapshotId);
      return await this.explainer.explain({ from, to, measure, nodeId }, tx);
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      return error;
    }
  }

  private async snapshot(tx: Tx, snapshotId: string): Promise<StoredSnapshot> {
    const found = await this.snapshots.find(snapshotId, tx);
    if (found !== undefined) return found;
    throw new AttributionError('ATTRIBUTION.UNKNOWN_SNAPSHOT', `The snapshot '${snapshotId}' is not here.`);
  }
}

function subjectOf({
  explanationId,
  portfolioId,
  breachId,
  limitId,
  transition,
  at,
  measure,
  nodeId,
}: ExplanationTask) {
  return {
    ...{
      explanationId,
      portfolioId,
      cause: 'breach' as const,
      breachId,
      limitId,
      transition,
      asOf: at,
      measure,
      nodeId,
    },
  };
}
