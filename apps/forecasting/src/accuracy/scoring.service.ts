import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { championChanged, forecastScored, type ForecastKind, type ForecastSubject } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { qlike } from '@risk-budget/risk-math';
import { AuditService, serviceChain } from '@risk-budget/service-kit';
import { ChampionsRepository } from '../champions/champions.repository.js';
import { challengerOf, type Switch } from '../champions/champion.js';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { PredictionView } from '../predictions/prediction.js';
import { PredictionsRepository, type OpenPrediction } from '../predictions/predictions.repository.js';
import { serviceActor } from '../service-actor.js';
import { subjectKey } from '../subjects/subject.js';
import { CODE_VERSION } from '../version.js';
import type { StoredForecast } from '../volatility/forecast.js';
import { ForecastsRepository, type DueForecast } from '../volatility/forecasts.repository.js';
import { scoreOf, type ForecastScore } from './score.js';
import { ScoresRepository } from './scores.repository.js';
import { newStanding, REFERENCE_METHOD, withScore, type Standing } from './standing.js';

type SubjectScore = ForecastScore & ForecastSubject;

/** Holds forecasts whose horizon has passed against what happened, and lets the policy choose the champions. */
@Injectable()
export class ScoringService {
  constructor(
    private readonly forecasts: ForecastsRepository,
    private readonly scores: ScoresRepository,
    private readonly champions: ChampionsRepository,
    private readonly predictions: PredictionsRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
  ) {}

  /**
   * Scores what is due, once, in the transaction of the run.
   *
   * @returns the standings of all subjects after it, by subject, and how many scores there were
   */
  async score(
    tx: Tx,
    context: DailyContext,
    due: readonly DueForecast[],
  ): Promise<{ standings: Map<string, Standing>; scored: number }> {
    const standings = new Map((await this.scores.standings(tx)).map((one) => [subjectKey(one), one]));
    const changed = new Map<string, Standing>();
    const scored: SubjectScore[] = [];
    const outside = due.length === 0 ? [] : await this.predictions.open(tx, [...new Set(due.map(idOf))]);
    for (const one of due) {
      const found = this.scoreOne(context, one, rivalsOf(one, outside), standings, changed);
      if (found !== undefined) scored.push(found);
    }
    await this.scores.insert(tx, scored);
    await this.forecasts.settle(tx, scored);
    await this.predictions.close(tx, outcomesOf(outside, scored));
    for (const [key, standing] of changed) {
      changed.set(key, await this.judge(tx, context, standing));
      standings.set(key, changed.get(key) ?? standing);
    }
    await this.scores.putStandings(tx, [...changed.values()]);
    await this.publish(tx, context, scored);
    return { standings, scored: scored.length };
  }

  /** Undefined while a day of the horizon is missing. */
  private scoreOne(
    context: DailyContext,
    { body: forecast, horizonDays }: DueForecast,
    rivals: readonly MethodVariance[],
    standings: Map<string, Standing>,
    changed: Map<string, Standing>,
  ): SubjectScore | undefined {
    const { kind, subjectId, forecastId, asOf, currency, weights } = forecast;
    const panel = panelOf(context, { currency });
    const place = panel.placeOf(asOf.slice(0, 10));
    const windowEnd = panel.dates[place + horizonDays];
    if (place < 0 || windowEnd === undefined) return undefined;
    const key = subjectKey(forecast);
    const before = changed.get(key) ?? standings.get(key) ?? newStanding(kind, subjectId);
    const independentEnd = before.horizons[horizonDays]?.independentEnd ?? null;
    const overlapping = independentEnd !== null && asOf.slice(0, 10) < independentEnd;
    const returns = panel.series(new Map(Object.entries(weights)), place + 1).subarray(0, horizonDays);
    const score: SubjectScore = {
      kind,
      subjectId,
      forecastId,
      horizonDays,
      asOf: asOf.slice(0, 10),
      windowEnd,
      scoredAt: context.at,
      overlapping,
      ...scoreOf(returns, [...ownVariances(forecast, horizonDays), ...rivals]),
    };
    const end = overlapping ? independentEnd : windowEnd;
    changed.set(key, withScore(before, horizonDays, score.scores, end, context.policy.lossDiscount));
    return score;
  }

  private async judge(tx: Tx, context: DailyContext, standing: Standing): Promise<Standing> {
    const found = challengerOf(standing, context.policy);
    if (found === undefined) return standing;
    await this.switchChampion(tx, context, standing, found);
    return { ...standing, champion: found.to, championSince: context.at.slice(0, 10), scoresSinceSwitch: 0 };
  }

  private async switchChampion(
    tx: Tx,
    { at, policy }: DailyContext,
    { kind, subjectId }: ForecastSubject,
    { from, to, reason, losses }: Switch,
  ): Promise<void> {
    const data = { kind, subjectId, at, from, to, policyVersion: policy.version, reason, losses: [...losses] };
    await this.champions.insert(tx, { changeId: randomUUID(), ...data });
    await this.outbox.emit(tx, championChanged, { occurredAt: at, data });
    await this.audit.append(tx, {
      chain: kind === 'portfolio' ? subjectId : serviceChain,
      actor: serviceActor,
      action: 'forecast.champion-changed',
      subject: `${kind}/${subjectId}`,
      data: { from, to, policyVersion: policy.version, reason },
      occurredAt: at,
    });
  }

  private async publish(tx: Tx, { at }: DailyContext, scored: readonly SubjectScore[]): Promise<void> {
    const byKind = new Map<ForecastKind, SubjectScore[]>();
    for (const one of scored) byKind.set(one.kind, [...(byKind.get(one.kind) ?? []), one]);
    for (const [kind, ones] of byKind) {
      await this.outbox.emit(tx, forecastScored, {
        occurredAt: at,
        data: {
          kind,
          scoredAt: at,
          codeVersion: CODE_VERSION,
          scored: ones.map(({ forecastId, subjectId, horizonDays, windowEnd, overlapping, scores, ...rest }) => ({
            ...{ forecastId, subjectId, horizonDays, windowEnd, overlapping, scores },
            realisedVariance: rest.realisedVariance,
            realisedReturn: rest.realisedReturn,
          })),
        },
      });
    }
  }
}

interface MethodVariance {
  readonly method: string;
  readonly variance: number;
}

function idOf({ body }: DueForecast): string {
  return body.forecastId;
}

/** Over days that we do not forecast ourselves, the reference carries its variance on. */
function ownVariances({ volatilities }: StoredForecast, horizonDays: number): MethodVariance[] {
  const own = volatilities.filter((one) => one.horizonDays === horizonDays);
  if (own.length > 0) return own;
  const reference = volatilities.find((one) => one.method === REFERENCE_METHOD && one.horizonDays === 1);
  return reference === undefined ? [] : [{ method: REFERENCE_METHOD, variance: reference.variance * horizonDays }];
}

/** Variances from outside for the same days: the last one of each source. */
function rivalsOf({ body, horizonDays }: DueForecast, outside: readonly OpenPrediction[]): MethodVariance[] {
  const bySource = new Map<string, number>();
  for (const { forecastId, horizonDays: horizon, body: told } of outside) {
    if (forecastId !== body.forecastId || horizon !== horizonDays) continue;
    const { forecast, source } = told;
    if (forecast.target === 'volatility') bySource.set(source, forecast.variance);
  }
  return [...bySource].map(([method, variance]) => ({ method, variance }));
}

/** What came of the predictions whose days have been scored. */
function outcomesOf(outside: readonly OpenPrediction[], scored: readonly SubjectScore[]): PredictionView[] {
  const byHorizon = new Map(scored.map((one) => [`${one.forecastId}/${one.horizonDays}`, one]));
  return outside.flatMap(({ forecastId, horizonDays, body }) => {
    const score = byHorizon.get(`${forecastId}/${horizonDays}`);
    return score === undefined ? [] : [{ ...body, status: 'scored', outcome: outcomeOf(body, score) }];
  });
}

function outcomeOf({ forecast }: PredictionView, score: SubjectScore): PredictionView['outcome'] {
  const { windowEnd, realisedReturn, realisedVariance, scores } = score;
  if (forecast.target === 'return') {
    const [loss, referenceLoss] = [(realisedReturn - forecast.mean) ** 2, realisedReturn ** 2];
    return { windowEnd, realised: realisedReturn, loss, referenceLoss };
  }
  if (forecast.target !== 'volatility') return null;
  const happened = Float64Array.of(realisedVariance);
  const loss = qlike(happened, Float64Array.of(forecast.variance)).mean;
  const referenceLoss = scores.find(({ method }) => method === REFERENCE_METHOD)?.qlike ?? 0;
  return { windowEnd, realised: realisedVariance, loss, referenceLoss };
}
