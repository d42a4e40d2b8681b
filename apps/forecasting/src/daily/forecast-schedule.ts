import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type Clock, type Instant } from '@risk-budget/contracts';
import { businessCalendar, DailySchedule, PortfolioStore } from '@risk-budget/market-data';
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
import { DailyForecastsService, type DailyInputs } from './daily-forecasts.service.js';

/** At one time, timers fire by the name of their kind: this one after the risk models of the day, with which it computes. */
const DAILY = 'volatility-forecast.daily';

/** Starts a calendar's run of forecasts on each of its business days. */
@Injectable()
export class ForecastSchedule {
  private readonly failures;

  constructor(
    private readonly runs: DailyForecastsService,
    private readonly portfolios: PortfolioStore,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: ForecastingConfig,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter('risk_budget_forecast_run_failures_total', 'Daily runs that could not be made', [
      'code',
    ]);
  }

  /** A portfolio has been described: its calendar has a run from the next business day on. */
  async onPortfolio(tx: Tx, portfolioId: string, definedAt: Instant): Promise<void> {
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    if (portfolio === undefined) return;
    if ((await this.timers.find(tx, DAILY, portfolio.calendar)) !== undefined) return;
    const now = this.clock.now();
    const from = compareInstants(definedAt, now) > 0 ? definedAt : now;
    const dueAt = this.scheduleOf(portfolio.calendar).next(from);
    await this.timers.schedule(tx, { kind: DAILY, key: portfolio.calendar, dueAt });
  }

  @TimerHandler(DAILY)
  async onDaily(timer: FiredTimer, { tx, clockTime }: TimerContext): Promise<void> {
    const schedule = this.scheduleOf(timer.key);
    // After days away one run is made, as of the last time that was missed: what was not forecast then cannot be any more.
    const last = schedule.last(clockTime);
    const at = compareInstants(last, timer.dueAt) > 0 ? last : timer.dueAt;
    await this.attempt(tx, timer.key, at);
    await this.timers.schedule(tx, { kind: DAILY, key: timer.key, dueAt: schedule.next(at) });
  }

  /** A day that cannot be forecast at all is logged and counted, and the next one comes; whatever else fails is tried again. */
  private async attempt(tx: Tx, calendar: string, at: Instant): Promise<void> {
    const inputs = await this.prepare(tx, calendar, at);
    if (inputs !== undefined) await this.runs.run(tx, inputs);
  }

  private async prepare(tx: Tx, calendar: string, at: Instant): Promise<DailyInputs | undefined> {
    try {
      return await this.runs.prepare(tx, calendar, at);
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      this.failures.inc({ code: error.code });
      this.logger.error('no forecasts could be made', { calendar, at, error });
      return undefined;
    }
  }

  private scheduleOf(calendarId: string): DailySchedule {
    return new DailySchedule(businessCalendar(calendarId), this.config.RISK_MODEL_TIME);
  }
}
