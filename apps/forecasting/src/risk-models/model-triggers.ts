import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type Clock, type Instant } from '@risk-budget/contracts';
import {
  BudgetPlanStore,
  businessCalendar,
  DailySchedule,
  PortfolioStore,
  seenAt,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataListener,
} from '@risk-budget/market-data';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import {
  CLOCK,
  compareInstants,
  CONFIG,
  Logger,
  Metrics,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type TimerContext,
} from '@risk-budget/service-kit';
import type { ForecastingConfig } from '../config.js';
import { ModelEstimatesRepository } from './model-estimates.repository.js';
import { RiskModelsService, type PreparedModel } from './risk-models.service.js';

const DAILY = 'risk-model.daily';

/** What makes models by itself: the daily timer of each portfolio, and a plan that becomes active with another policy. */
@Injectable()
export class ModelTriggers implements MarketDataListener {
  private readonly failures;

  constructor(
    private readonly models: RiskModelsService,
    private readonly estimates: ModelEstimatesRepository,
    private readonly portfolios: PortfolioStore,
    private readonly plans: BudgetPlanStore,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: ForecastingConfig,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter(
      'risk_budget_risk_model_failures_total',
      'Risk models that could not be estimated',
      ['cause', 'code'],
    );
  }

  /** Prices never cause a model: history is loaded without one, and during the day the covariance stands still. */
  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    for (const change of changes) {
      for (const portfolioId of change.portfolioIds) {
        if (change.kind === 'portfolio') await this.schedule(tx, portfolioId, change.occurredAt);
        if (change.kind === 'budgetPlan') await this.onPlan(tx, portfolioId, change.occurredAt);
      }
    }
  }

  @TimerHandler(DAILY)
  async onDaily(timer: FiredTimer, { tx, clockTime }: TimerContext): Promise<void> {
    const portfolioId = timer.key;
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    const schedule = this.scheduleOf(portfolio.calendar);
    // After days away one model is made, as of the last time that was missed, and not one for each.
    const last = schedule.last(clockTime);
    const at = compareInstants(last, timer.dueAt) > 0 ? last : timer.dueAt;
    await this.attempt(tx, 'schedule', portfolioId, at);
    await this.timers.schedule(tx, { kind: DAILY, key: portfolioId, dueAt: schedule.next(at) });
  }

  private async schedule(tx: Tx, portfolioId: string, definedAt: Instant): Promise<void> {
    if ((await this.timers.find(tx, DAILY, portfolioId)) !== undefined) return;
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    const now = this.clock.now();
    const from = compareInstants(definedAt, now) > 0 ? definedAt : now;
    const dueAt = this.scheduleOf(portfolio.calendar).next(from);
    await this.timers.schedule(tx, { kind: DAILY, key: portfolioId, dueAt });
  }

  private async onPlan(tx: Tx, portfolioId: string, at: Instant): Promise<void> {
    const active = await this.plans.active(portfolioId, seenAt(at), tx);
    if (active === undefined || (await this.models.isOfPolicy(tx, portfolioId, active.policy, at))) return;
    await this.attempt(tx, 'policy', portfolioId, at);
  }

  private async attempt(tx: Tx, cause: 'schedule' | 'policy', portfolioId: string, at: Instant): Promise<void> {
    const prepared = await this.prepare(tx, cause, portfolioId, at);
    if (prepared === undefined) return;
    if (cause === 'schedule' && (await this.models.isInForce(tx, prepared))) return;
    await this.models.publish(tx, prepared);
  }

  /** A refusal leaves the last model in force and is put on record; whatever else fails is tried again by the caller. */
  private async prepare(
    tx: Tx,
    cause: 'schedule' | 'policy',
    portfolioId: string,
    at: Instant,
  ): Promise<PreparedModel | undefined> {
    try {
      return await this.models.prepare(tx, { portfolioId, at, cause });
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      await this.record(tx, cause, portfolioId, at, error);
      return undefined;
    }
  }

  private async record(
    tx: Tx,
    cause: 'schedule' | 'policy',
    portfolioId: string,
    at: Instant,
    error: CodedError,
  ): Promise<void> {
    const policy = await this.plans.policy(portfolioId, seenAt(at), tx);
    await this.estimates.insertFailure(tx, {
      failureId: randomUUID(),
      portfolioId,
      at,
      cause,
      policyId: policy.policyId,
      policyVersion: policy.version,
      code: error.code,
      detail: error.detail,
    });
    this.failures.inc({ cause, code: error.code });
    this.logger.error('no risk model could be estimated; the last one stays in force', {
      portfolioId,
      cause,
      at,
      error,
    });
  }

  private scheduleOf(calendarId: string): DailySchedule {
    return new DailySchedule(businessCalendar(calendarId), this.config.RISK_MODEL_TIME);
  }
}
