import { Injectable } from '@nestjs/common';
import type { BusinessDate, Instant } from '@risk-budget/contracts';
import { businessCalendar } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { Logger, Metrics } from '@risk-budget/service-kit';
import { ScoringService } from '../accuracy/scoring.service.js';
import { BreachProbabilityService } from '../breach-probability/breach-probability.service.js';
import { CorrelationsRepository, type DueCorrelations } from '../correlations/correlations.repository.js';
import { CorrelationsService } from '../correlations/correlations.service.js';
import { ForecastPolicyRepository } from '../forecast-policy/forecast-policy.repository.js';
import { RegimeScoresRepository, type DueRegime } from '../regimes/regime-scores.repository.js';
import { RegimeScoringService } from '../regimes/regime-scoring.service.js';
import { RegimesService } from '../regimes/regimes.service.js';
import { ReturnsService } from '../subjects/returns.service.js';
import { subjectKey, type Subject } from '../subjects/subject.js';
import { SubjectsService, type HeldPortfolio, type Universe } from '../subjects/subjects.service.js';
import { valueAtRiskOf, type ValueAtRisk } from '../value-at-risk/value-at-risk.js';
import { ValueAtRiskRepository } from '../value-at-risk/value-at-risk.repository.js';
import type { StoredForecast } from '../volatility/forecast.js';
import { ForecastsRepository, type DueForecast } from '../volatility/forecasts.repository.js';
import { VolatilityService } from '../volatility/volatility.service.js';
import type { DailyContext } from './daily-run.types.js';

/** What a run rests on. */
export interface DailyInputs {
  readonly context: DailyContext;
  readonly universe: Universe;
  readonly due: readonly DueForecast[];
  readonly dueCorrelations: readonly DueCorrelations[];
  readonly dueRegimes: readonly DueRegime[];
}

/** The longest horizon that anybody may forecast, in days. */
const LONGEST_HORIZON = 250;

/**
 * One run a calendar and day, after the close, all in one transaction: what is due is scored, champions are chosen, and every
 * subject is forecast by what is known then.
 */
@Injectable()
export class DailyForecastsService {
  private readonly duration;

  constructor(
    private readonly policies: ForecastPolicyRepository,
    private readonly subjects: SubjectsService,
    private readonly returns: ReturnsService,
    private readonly forecasts: ForecastsRepository,
    private readonly scoring: ScoringService,
    private readonly volatility: VolatilityService,
    private readonly correlations: CorrelationsService,
    private readonly correlationForecasts: CorrelationsRepository,
    private readonly regimes: RegimesService,
    private readonly regimeScoring: RegimeScoringService,
    private readonly regimeScores: RegimeScoresRepository,
    private readonly valueAtRisk: ValueAtRiskRepository,
    private readonly breaches: BreachProbabilityService,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.duration = metrics.histogram('risk_budget_forecast_run_seconds', 'Time of a daily run of forecasts');
  }

  /**
   * Reads what a run needs, and writes nothing.
   *
   * @throws MarketDataError as `ReturnsService.panels`
   */
  async prepare(tx: Tx, calendar: string, at: Instant): Promise<DailyInputs> {
    const policy = await this.policies.at(at, tx);
    const universe = await this.subjects.universe(tx, calendar, at);
    const cutoffs = cutoffsOf(calendar, at.slice(0, 10));
    const due = await this.forecasts.due(tx, calendar, cutoffs);
    const dueCorrelations = await this.correlationForecasts.due(tx, calendar, cutoffs);
    const dueRegimes = await this.regimeScores.due(tx, calendar, cutoffs);
    const past = [
      ...[...due, ...dueRegimes].map(({ body }) => pastOf(body.currency, body.weights)),
      ...dueCorrelations.flatMap(({ body }) => body.weights.map((weights) => pastOf(body.currency, weights))),
    ];
    const panels = await this.returns.panels(tx, [...universe.subjects, ...past], at, policy);
    return { context: { calendar, at, policy, panels }, universe, due, dueCorrelations, dueRegimes };
  }

  /** Scores, forecasts and publishes, in the caller's transaction. */
  async run(tx: Tx, { context, universe, due, dueCorrelations, dueRegimes }: DailyInputs): Promise<void> {
    const stop = this.duration.startTimer();
    const { calendar, at, policy } = context;
    const { standings, scored } = await this.scoring.score(tx, context, due);
    const made = await this.volatility.forecast(tx, context, universe.subjects, standings);
    await this.volatility.publish(tx, context, made);
    const scoredCorrelations = await this.correlations.score(tx, context, dueCorrelations);
    const scoredRegimes = await this.regimeScoring.score(tx, context, dueRegimes);
    const { subjects, portfolios } = universe;
    const correlationRefusals = await this.correlations.forecast(tx, context, subjects, portfolios, made);
    await this.breaches.estimate(tx, context, forecastPortfolios(universe, made.forecasts));
    await this.valueAtRisk.insert(tx, figuresOf(universe, made.forecasts));
    const regimeRefusals = await this.regimes.estimate(tx, context, forecastMarkets(universe.subjects, made.refusals));
    const run = {
      calendar,
      at,
      policyVersion: policy.version,
      subjects: made.forecasts.length,
      fitted: made.fitted,
      scored: scored + scoredCorrelations + scoredRegimes,
      refusals: [...universe.refusals, ...made.refusals, ...correlationRefusals, ...regimeRefusals],
    };
    await this.forecasts.insertRun(tx, run);
    this.logger.info('forecasts made', { ...run, refusals: run.refusals.length, seconds: stop() });
  }
}

/** What the past of a forecast is made of. */
function pastOf(currency: string, weights: Readonly<Record<string, number>>): Pick<Subject, 'currency' | 'weights'> {
  return { currency, weights: new Map(Object.entries(weights)) };
}

/** Portfolios of whose day there is a forecast: those without a history or without new bars are left out. */
function forecastPortfolios({ portfolios }: Universe, forecasts: readonly StoredForecast[]): HeldPortfolio[] {
  const made = new Set(forecasts.map(subjectKey));
  return portfolios.filter(({ subject }) => made.has(subjectKey(subject)));
}

/** Value at risk of each portfolio that is forecast. */
function figuresOf({ portfolios }: Universe, forecasts: readonly StoredForecast[]): ValueAtRisk[] {
  const made = new Map(forecasts.map((one) => [subjectKey(one), one]));
  return portfolios.flatMap(({ subject, inputs }) => {
    const forecast = made.get(subjectKey(subject));
    return forecast === undefined ? [] : [valueAtRiskOf(inputs, forecast)];
  });
}

function forecastMarkets(
  subjects: readonly Subject[],
  refusals: readonly Pick<Subject, 'kind' | 'subjectId'>[],
): Subject[] {
  const without = new Set(refusals.map(subjectKey));
  return subjects.filter((subject) => subject.kind === 'market' && !without.has(subjectKey(subject)));
}

/** At n − 1: the day from which n business days have passed on a date. */
function cutoffsOf(calendarId: string, today: BusinessDate): BusinessDate[] {
  const calendar = businessCalendar(calendarId);
  const cutoffs: BusinessDate[] = [];
  let day = today;
  while (cutoffs.length < LONGEST_HORIZON) {
    day = calendar.addBusinessDays(day, -1);
    cutoffs.push(day);
  }
  return cutoffs;
}
