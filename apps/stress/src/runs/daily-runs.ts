import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CodedError, stressRunCompleted, type Clock, type Instant } from '@risk-budget/contracts';
import {
  businessCalendar,
  ChangeLog,
  DailySchedule,
  PortfolioStore,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataListener,
} from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
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
import type { StressConfig } from '../config.js';
import { ScenariosRepository } from '../scenarios/scenarios.repository.js';
import { RunComputation, runScenario } from './run-computation.js';
import { RunInputs } from './run-inputs.js';
import { RunsRepository } from './runs.repository.js';

const DAILY = 'stress.daily';

/** Takes every portfolio through the library once a business day, by the business clock. */
@Injectable()
export class DailyRuns implements MarketDataListener {
  private readonly failures;
  private readonly duration;

  constructor(
    private readonly inputs: RunInputs,
    private readonly scenarios: ScenariosRepository,
    private readonly computation: RunComputation,
    private readonly runs: RunsRepository,
    private readonly portfolios: PortfolioStore,
    private readonly changes: ChangeLog,
    private readonly timers: TimerService,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: StressConfig,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter('risk_budget_stress_run_failures_total', 'Scheduled runs that gave nothing', [
      'code',
    ]);
    this.duration = metrics.histogram('risk_budget_stress_run_seconds', 'Time of a scheduled run');
  }

  /** A portfolio is on the schedule from its definition on. */
  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    for (const { kind, portfolioIds, occurredAt } of changes) {
      if (kind !== 'portfolio') continue;
      for (const portfolioId of portfolioIds) await this.schedule(tx, portfolioId, occurredAt);
    }
  }

  @TimerHandler(DAILY)
  async onDaily(timer: FiredTimer, { tx, clockTime }: TimerContext): Promise<void> {
    const portfolioId = timer.key;
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    const schedule = this.scheduleOf(portfolio.calendar);
    // After days away one run is made, as of the last time that was missed, and not one for each.
    const last = schedule.last(clockTime);
    const at = compareInstants(last, timer.dueAt) > 0 ? last : timer.dueAt;
    await this.attempt(tx, portfolioId, at);
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

  /** A refusal is put on record; whatever else fails is tried again by the timer. */
  private async attempt(tx: Tx, portfolioId: string, at: Instant): Promise<void> {
    const stop = this.duration.startTimer();
    try {
      // One look at what has changed serves the portfolio and every episode.
      await this.changes.once(tx, () => this.run(tx, portfolioId, at));
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      this.failures.inc({ code: error.code });
      this.logger.error('a scheduled stress run gave nothing', { portfolioId, at, error });
      const { code, detail } = error;
      await this.runs.insertFailure(tx, { runId: randomUUID(), portfolioId, asOf: at }, { code, detail });
    } finally {
      stop();
    }
  }

  private async run(tx: Tx, portfolioId: string, at: Instant): Promise<void> {
    const portfolio = await this.inputs.load(portfolioId, at, tx);
    const library = (await this.scenarios.inForce(at, tx)).map(runScenario);
    const outcomes = await this.computation.scenarios(portfolio, library, { includeLater: false, tx });
    const run = this.computation.run({ runId: randomUUID(), cause: 'schedule' }, portfolio, outcomes);
    if (!(await this.runs.insertScheduled(tx, run))) return;
    await this.outbox.emit(tx, stressRunCompleted, { occurredAt: at, data: run });
    if (run.problems.length > 0) this.logger.warn('scenarios gave no figure', { portfolioId, problems: run.problems });
  }

  private scheduleOf(calendarId: string): DailySchedule {
    return new DailySchedule(businessCalendar(calendarId), this.config.STRESS_TIME);
  }
}
