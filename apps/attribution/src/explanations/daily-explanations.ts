import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type Clock, type ExplainedMeasure, type Instant } from '@risk-budget/contracts';
import {
  businessCalendar,
  DailySchedule,
  PortfolioStore,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataListener,
} from '@risk-budget/market-data';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { PORTFOLIO_NODE_ID } from '@risk-budget/risk-math';
import {
  CLOCK,
  CONFIG,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type TimerContext,
} from '@risk-budget/service-kit';
import { ChangeExplainer } from '../changes/change-explainer.js';
import type { AttributionConfig } from '../config.js';
import { Rebuilder } from '../snapshots/rebuilder.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import type { StoredSnapshot } from '../snapshots/stored-snapshot.js';
import { ExplanationPublisher } from './explanation-publisher.js';

const DAILY = 'attribution.daily';

/** What every business day did to a portfolio's risk, from close to close: under each measure that has budgets, else its volatility. */
@Injectable()
export class DailyExplanations implements MarketDataListener {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly snapshots: SnapshotRepository,
    private readonly rebuilder: Rebuilder,
    private readonly explainer: ChangeExplainer,
    private readonly publisher: ExplanationPublisher,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: AttributionConfig,
  ) {}

  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    for (const { kind, portfolioIds, occurredAt } of changes) {
      if (kind !== 'portfolio') continue;
      for (const portfolioId of portfolioIds) await this.schedule(tx, portfolioId, occurredAt);
    }
  }

  @TimerHandler(DAILY)
  async onDaily(
    { key: portfolioId, dueAt }: FiredTimer,
    { tx, clockTime, correlationId }: TimerContext,
  ): Promise<void> {
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    const schedule = this.scheduleOf(portfolio.calendar);
    // After days away the last of them is explained, from the close before it.
    const last = schedule.last(clockTime);
    const at = Date.parse(last) > Date.parse(dueAt) ? last : dueAt;
    const previous = schedule.last(new Date(Date.parse(at) - 1).toISOString());
    await this.explain(tx, portfolioId, previous, at, correlationId);
    await this.timers.schedule(tx, { kind: DAILY, key: portfolioId, dueAt: schedule.next(at) });
  }

  private async explain(
    tx: Tx,
    portfolioId: string,
    previous: Instant,
    at: Instant,
    correlationId: string,
  ): Promise<void> {
    const from = await this.snapshots.at(portfolioId, previous, tx);
    const to = await this.snapshots.at(portfolioId, at, tx);
    // Nothing has happened, or the portfolio has only begun.
    if (from === undefined || to === undefined || from.snapshotId === to.snapshotId) return;
    for (const measure of await this.measuresOf(to, tx)) {
      const subject = {
        explanationId: randomUUID(),
        ...{ portfolioId, cause: 'schedule' as const, breachId: null, limitId: null, transition: null, asOf: at },
        ...{ measure, nodeId: PORTFOLIO_NODE_ID },
      };
      try {
        const answer = await this.explainer.explain({ from, to, measure, nodeId: PORTFOLIO_NODE_ID }, tx);
        await this.publisher.explained(tx, subject, answer, { correlationId });
      } catch (error) {
        if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
        const { snapshotId: toSnapshotId } = to;
        await this.publisher.unexplained(tx, { ...subject, toSnapshotId }, error, { correlationId });
      }
    }
  }

  private async measuresOf(to: StoredSnapshot, tx: Tx): Promise<ExplainedMeasure[]> {
    // A plan that is not here is told of by the explanation itself.
    const plan = await this.rebuilder.plan(to, tx).catch((error: unknown) => {
      if (CodedError.is(error) && !isInfrastructureError(error)) return null;
      throw error;
    });
    const measures = plan?.trees.map(({ measure }) => measure) ?? [];
    return measures.length === 0 ? ['volatility'] : measures;
  }

  private async schedule(tx: Tx, portfolioId: string, definedAt: Instant): Promise<void> {
    if ((await this.timers.find(tx, DAILY, portfolioId)) !== undefined) return;
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    const now = this.clock.now();
    const from = Date.parse(definedAt) > Date.parse(now) ? definedAt : now;
    const dueAt = this.scheduleOf(portfolio.calendar).next(from);
    await this.timers.schedule(tx, { kind: DAILY, key: portfolioId, dueAt });
  }

  private scheduleOf(calendarId: string): DailySchedule {
    return new DailySchedule(businessCalendar(calendarId), this.config.EXPLANATION_TIME);
  }
}
