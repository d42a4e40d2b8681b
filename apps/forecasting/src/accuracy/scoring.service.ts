import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { championChanged, forecastScored, type ForecastKind, type ForecastSubject } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { AuditService, serviceChain } from '@risk-budget/service-kit';
import { ChampionsRepository } from '../champions/champions.repository.js';
import { challengerOf, type Switch } from '../champions/champion.js';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import { serviceActor } from '../service-actor.js';
import { subjectKey } from '../subjects/subject.js';
import { CODE_VERSION } from '../version.js';
import { ForecastsRepository, type DueForecast } from '../volatility/forecasts.repository.js';
import { scoreOf, type ForecastScore } from './score.js';
import { ScoresRepository } from './scores.repository.js';
import { newStanding, withScore, type Standing } from './standing.js';

type SubjectScore = ForecastScore & ForecastSubject;

/** Holds forecasts whose horizon has passed against what happened, and lets the policy choose the champions. */
@Injectable()
export class ScoringService {
  constructor(
    private readonly forecasts: ForecastsRepository,
    private readonly scores: ScoresRepository,
    private readonly champions: ChampionsRepository,
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
    for (const one of due) {
      const found = this.scoreOne(context, one, standings, changed);
      if (found !== undefined) scored.push(found);
    }
    await this.scores.insert(tx, scored);
    await this.forecasts.settle(tx, scored);
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
    standings: Map<string, Standing>,
    changed: Map<string, Standing>,
  ): SubjectScore | undefined {
    const { kind, subjectId, forecastId, asOf, currency, weights, volatilities } = forecast;
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
      ...scoreOf(
        returns,
        volatilities.filter((one) => one.horizonDays === horizonDays),
      ),
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
