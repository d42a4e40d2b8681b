import { Injectable } from '@nestjs/common';
import { limitDefined, type Instant } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { TimerHandler, TimerService, type FiredTimer, type TimerContext } from '@risk-budget/service-kit';
import { EvaluationService } from '../evaluation/evaluation.service.js';
import { LimitEnding } from '../evaluation/limit-ending.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import type { Person } from '../person.js';
import { publishedLimit, versionAt } from './limit-record.js';
import type { LimitHead, LimitVersion } from './limit.types.js';
import { LimitsRepository } from './limits.repository.js';
import { OverridesRepository } from './overrides.repository.js';
import { lapsed, nextEdge } from './succession.js';

const edge = 'limits.edge';

interface EdgeTimer {
  readonly limitId: string;
  readonly portfolioId: string;
}

/** Keeps what is published and how a limit stands equal to what is in force: after a decision, and when a version or an override begins or ends. */
@Injectable()
export class LimitPublisher {
  constructor(
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly ending: LimitEnding,
    private readonly evaluation: EvaluationService,
    private readonly lock: PortfolioLock,
    private readonly timers: TimerService,
    private readonly outbox: Outbox,
  ) {}

  /** Ends what is over, publishes what has changed, holds what counts now against the latest figures and sets the timer of the next beginning or end. */
  async settle(
    tx: Tx,
    head: Pick<LimitHead, 'limitId' | 'portfolioId'>,
    now: Instant,
    by: Person | null,
  ): Promise<void> {
    for (const version of lapsed(await this.limits.versions(tx, [head.limitId]), now)) {
      await this.limits.updateDecision(tx, version);
    }
    const versions = await this.limits.versions(tx, [head.limitId]);
    const active = versions.filter((version) => version.status === 'active');
    if (active.length === 0) await this.ending.end(tx, head, now);
    await this.publish(tx, head.limitId, versions, now, by);
    await this.evaluation.evaluateLatest(tx, head, now);
    await this.scheduleNext(tx, head, now);
  }

  /** Sets the timer of the next instant at which another version or bound counts, or none does. */
  async scheduleNext(tx: Tx, head: Pick<LimitHead, 'limitId' | 'portfolioId'>, now: Instant): Promise<void> {
    const versions = await this.limits.versions(tx, [head.limitId]);
    const next = nextEdge(versions, await this.overrides.of(tx, [head.limitId]), now);
    if (next === null) return;
    // A timer of an edge that has moved since finds nothing to do.
    const payload: EdgeTimer = { limitId: head.limitId, portfolioId: head.portfolioId };
    await this.timers.schedule(tx, { kind: edge, key: `${head.limitId}@${next}`, dueAt: next, payload });
  }

  @TimerHandler(edge)
  async onEdge(timer: FiredTimer<EdgeTimer>, { tx }: TimerContext): Promise<void> {
    await this.lock.acquire(tx, [timer.payload.portfolioId]);
    await this.settle(tx, timer.payload, timer.dueAt, null);
  }

  private async publish(
    tx: Tx,
    limitId: string,
    versions: readonly LimitVersion[],
    now: Instant,
    by: Person | null,
  ): Promise<void> {
    const shown = shownVersion(versions, now);
    if (shown === undefined) return;
    const data = publishedLimit(shown, await this.overrides.of(tx, [limitId]), now);
    const text = JSON.stringify(data);
    const [row] = await rows<{ published: string | null }>(tx, 'SELECT published FROM limit_head WHERE limit_id = $1', [
      limitId,
    ]);
    if (row?.published === text) return;
    await executeLater(tx, 'UPDATE limit_head SET published = $2 WHERE limit_id = $1', [limitId, text]);
    await this.outbox.emit(tx, limitDefined, { occurredAt: now, data, ...(by === null ? {} : { actor: by }) });
  }
}

/** The version in force; before the first one begins, that one; after the last one has ended, the one that ended it. */
function shownVersion(versions: readonly LimitVersion[], now: Instant): LimitVersion | undefined {
  return (
    versionAt(versions, now) ??
    versions.find((version) => version.status === 'active') ??
    versions.filter((version) => version.status === 'retired').at(-1)
  );
}
