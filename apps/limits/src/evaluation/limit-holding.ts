import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { BreachRecord } from '../breaches/breach.types.js';
import { BreachLifecycle, type BreachStep } from '../breaches/breach-lifecycle.js';
import { versionAt } from '../definitions/limit-record.js';
import { isBefore } from '../instants.js';
import { assessedLimit } from './assessed-limit.js';
import type { Holding, PortfolioWork } from './portfolio-work.js';
import { nextStanding } from './standing.js';

/** Holds one limit against figures. */
@Injectable()
export class LimitHolding {
  constructor(private readonly lifecycle: BreachLifecycle) {}

  /** What follows for a limit from the figures of an instant: its breach, and how it stands. */
  async hold(tx: Tx, work: PortfolioWork, holding: Holding): Promise<void> {
    const { snapshot, at, limitId, ofLimit, incomplete, past } = holding;
    const version = versionAt(ofLimit, at);
    const overrides = work.overrides.filter((override) => override.limitId === limitId);
    const assessed = version === undefined ? undefined : assessedLimit(version, overrides, at);
    const assessment = assessed === undefined || incomplete ? undefined : holding.assess(assessed);
    const breach = work.breaches.get(limitId);
    if (version !== undefined && assessed !== undefined && assessment?.kind === 'evaluated') {
      const previously = () => holding.previously({ ...assessed, bound: fixed(assessment.bound) });
      const heldSnapshotId = work.standings.get(limitId)?.heldSnapshotId ?? null;
      const step = { version, snapshot, at, assessment, breach, heldSnapshotId, previously };
      const after = past === undefined ? await this.lifecycle.advance(tx, step) : followed(this.lifecycle, step);
      if (after === undefined || after.state === 'resolved') {
        work.breaches.delete(limitId);
        work.moved.delete(limitId);
      } else {
        work.breaches.set(limitId, after);
        if (after.revision === breach?.revision) work.moved.add(limitId);
        else work.moved.delete(limitId);
      }
    }
    const last = work.standings.get(limitId);
    const standing = nextStanding(last, {
      limitId,
      portfolioId: snapshot.portfolioId,
      version: version?.version ?? ofLimit[0]?.version ?? 0,
      snapshotId: snapshot.snapshotId,
      at,
      inForce: version !== undefined,
      incomplete,
      notEvaluable: work.state.notEvaluated?.kind === 'notEvaluable',
      breached:
        past === undefined ? work.breaches.has(limitId) : past.breaches.some((one) => isOpenAt(one, limitId, at)),
      assessment,
    });
    work.standings.set(limitId, standing);
    work.touched.add(limitId);
    if (standing.state !== last?.state) work.changes.push(standing);
  }
}

/** A rebuilt breach takes over the figures of what it was held against; its transitions are told already. */
function followed(lifecycle: BreachLifecycle, step: BreachStep): BreachRecord | undefined {
  const { breach, at } = step;
  return breach !== undefined && isOpenAt(breach, breach.limitId, at) ? lifecycle.follow(breach, step) : breach;
}

function isOpenAt({ limitId, openedAt, resolvedAt }: BreachRecord, ofLimit: string, at: Instant): boolean {
  return limitId === ofLimit && !isBefore(at, openedAt) && (resolvedAt === null || isBefore(at, resolvedAt));
}

/** The bound of now, for figures that come without budgets. */
function fixed(value: number): { kind: 'absolute'; value: number } {
  return { kind: 'absolute', value };
}
