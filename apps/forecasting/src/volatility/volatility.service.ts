import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { forecastMade, type ForecastKind, type ForecastMade } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { combinationWeights, newStanding, type Standing } from '../accuracy/standing.js';
import { Compute } from '../compute.js';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { ReturnsPanel } from '../subjects/returns-panel.js';
import { subjectKey, type Refusal, type Subject } from '../subjects/subject.js';
import { CODE_VERSION } from '../version.js';
import type { StoredForecast } from './forecast.js';
import { ForecastsRepository } from './forecasts.repository.js';
import { HORIZONS } from './horizons.js';
import { fitVolatility, type StoredGarch, type VolatilityFit } from './volatility-fit.js';
import { forecastVolatility } from './volatility-forecast.js';

/** What a run made. */
export interface VolatilityRun {
  readonly forecasts: readonly StoredForecast[];
  readonly fits: ReadonlyMap<string, VolatilityFit>;
  readonly fitted: number;
  readonly refusals: readonly Refusal[];
}

/** Forecasts the volatility of every subject each day, and estimates its parameters again every so many days. */
@Injectable()
export class VolatilityService {
  constructor(
    private readonly forecasts: ForecastsRepository,
    private readonly compute: Compute,
    private readonly outbox: Outbox,
  ) {}

  async forecast(
    tx: Tx,
    context: DailyContext,
    subjects: readonly Subject[],
    standings: ReadonlyMap<string, Standing>,
  ): Promise<VolatilityRun> {
    const refusals: Refusal[] = [];
    const known = new Map((await this.forecasts.latestAsOf(tx, subjects)).map((one) => [keyOf(one), one.asOf]));
    const wanted = subjects.filter((subject) => {
      const refusal = refusalOf(context, subject);
      if (refusal !== undefined) refusals.push(refusal);
      return refusal === undefined && known.get(subjectKey(subject)) !== panelOf(context, subject).lastBarTime;
    });
    const fits = new Map((await this.forecasts.latestFits(tx, wanted)).map((fit) => [subjectKey(fit), fit]));
    const renewed: VolatilityFit[] = [];
    const made: StoredForecast[] = [];
    for (const subject of wanted) {
      const series = panelOf(context, subject).series(subject.weights);
      let fit = fits.get(subjectKey(subject));
      if (fit === undefined || isStale(context, subject, fit)) {
        fit = await this.fit(context, subject, series, fit);
        renewed.push(fit);
        fits.set(subjectKey(subject), fit);
      }
      const forecast = this.forecastOf(context, subject, series, fit, standings.get(subjectKey(subject)));
      if (forecast === undefined) refusals.push(refused(subject, 'the returns give no positive variance'));
      else made.push(forecast);
    }
    await this.forecasts.insertFits(tx, renewed);
    await this.forecasts.insert(tx, made, HORIZONS, context.calendar);
    return { forecasts: made, fits, fitted: renewed.length, refusals };
  }

  /** One event a kind. */
  async publish(tx: Tx, { at, policy }: DailyContext, { forecasts: made, fits }: VolatilityRun): Promise<void> {
    const byKind = new Map<ForecastKind, StoredForecast[]>();
    for (const one of made) byKind.set(one.kind, [...(byKind.get(one.kind) ?? []), one]);
    for (const [kind, ones] of byKind) {
      await this.outbox.emit(tx, forecastMade, {
        occurredAt: at,
        data: {
          kind,
          madeAt: at,
          policyVersion: policy.version,
          codeVersion: CODE_VERSION,
          forecasts: ones.map((one) => publishedForecast(one, fits.get(subjectKey(one)))),
        },
      });
    }
  }

  private async fit(
    context: DailyContext,
    subject: Subject,
    series: Float64Array,
    last: VolatilityFit | undefined,
  ): Promise<VolatilityFit> {
    const { dates } = panelOf(context, subject);
    return {
      fitId: randomUUID(),
      kind: subject.kind,
      subjectId: subject.subjectId,
      fittedAt: context.at,
      windowStart: dates[0] ?? '',
      windowEnd: dates.at(-1) ?? '',
      observations: series.length,
      ...(await fitVolatility(this.compute.pool, series, last)),
    };
  }

  private forecastOf(
    context: DailyContext,
    subject: Subject,
    series: Float64Array,
    fit: VolatilityFit,
    standing: Standing | undefined,
  ): StoredForecast | undefined {
    const { at, policy } = context;
    const volatilities = forecastVolatility(series, fit, policy.ewmaLambda, (horizonDays, methods) =>
      combinationWeights(standing, horizonDays, methods),
    );
    const { kind, subjectId, currency, weights } = subject;
    const { champion } = standing ?? newStanding(kind, subjectId);
    const headline = volatilities.find(({ method }) => method === champion) ?? volatilities[0];
    if (headline === undefined) return undefined;
    const panel = panelOf(context, subject);
    return {
      forecastId: randomUUID(),
      kind,
      subjectId,
      currency,
      asOf: panel.lastBarTime,
      madeAt: at,
      champion: headline.method,
      volatilityAnnual: headline.volatilityAnnual,
      volatilities,
      observations: series.length,
      modelledShare: modelledShare(panel, weights),
      fitId: fit.fitId,
      fittedAt: fit.fittedAt,
      policyVersion: policy.version,
      codeVersion: CODE_VERSION,
      calendar: context.calendar,
      weights: Object.fromEntries(weights),
    };
  }
}

/** With the parameters when they are of this very run. */
function publishedForecast(one: StoredForecast, fit: VolatilityFit | undefined): ForecastMade['forecasts'][number] {
  const { forecastId, subjectId, currency, asOf, champion, fitId, volatilities, madeAt } = one;
  const parameters = (of: StoredGarch | null) =>
    of === null
      ? null
      : { omega: of.omega, alpha: of.alpha, gamma: of.gamma, beta: of.beta, logLikelihood: of.logLikelihood };
  return {
    ...{ forecastId, subjectId, currency, asOf, champion, fitId, volatilities: [...volatilities] },
    ...(fit?.fittedAt === madeAt
      ? {
          fit: {
            fittedAt: fit.fittedAt,
            observations: fit.observations,
            garch: parameters(fit.garch),
            gjr: parameters(fit.gjr),
          },
        }
      : {}),
  };
}

function keyOf({ kind, subjectId }: { readonly kind: string; readonly subjectId: string }): string {
  return `${kind}/${subjectId}`;
}

/** An instrument needs a history of its own; what is made of several needs one of them. */
function refusalOf(context: DailyContext, subject: Subject): Refusal | undefined {
  const panel = panelOf(context, subject);
  const needed = context.policy.minimumHistoryDays;
  const own = Math.max(0, ...[...subject.weights.keys()].map((id) => panel.observations(id)));
  if (own < needed) return refused(subject, `${own} returns of its own are known; a forecast needs ${needed}`);
  return undefined;
}

function refused({ kind, subjectId }: Subject, detail: string): Refusal {
  return { kind, subjectId, code: 'FORECASTING.TOO_FEW_OBSERVATIONS', detail };
}

/** Whether so many days have passed since the fit that the policy wants another. */
function isStale(context: DailyContext, subject: Subject, { windowEnd }: VolatilityFit): boolean {
  const panel = panelOf(context, subject);
  return panel.dates.length - 1 - panel.placeOf(windowEnd) >= context.policy.refitEveryDays;
}

function modelledShare(panel: ReturnsPanel, weights: ReadonlyMap<string, number>): number {
  const gross = [...weights.values()].reduce((total, weight) => total + Math.abs(weight), 0);
  const missing = panel.missing(weights).reduce((total, id) => total + Math.abs(weights.get(id) ?? 0), 0);
  return gross > 0 ? Math.max(0, 1 - missing / gross) : 1;
}
