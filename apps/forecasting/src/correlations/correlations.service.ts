import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { correlationsForecast, correlationsScored, type CorrelationMatrix } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { RiskMathError, type Returns } from '@risk-budget/risk-math';
import { Compute } from '../compute.js';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import { subjectKey, type Refusal, type Subject } from '../subjects/subject.js';
import type { HeldPortfolio } from '../subjects/subjects.service.js';
import { CODE_VERSION } from '../version.js';
import type { VolatilityRun } from '../volatility/volatility.service.js';
import {
  dccMatrices,
  ewmaMatrices,
  memberAbroad,
  panelOfMembers,
  residualsOf,
  type CorrelationMember,
} from './correlation-estimate.js';
import type { CorrelationFit } from './correlation-forecast.js';
import { correlationScores, type CorrelationScore } from './correlation-score.js';
import { correlationSets, type CorrelationSet } from './correlation-set.js';
import { CorrelationsRepository, type DueCorrelations, type MadeCorrelations } from './correlations.repository.js';

type SetScore = CorrelationScore & { readonly setId: string; readonly kind: DueCorrelations['body']['kind'] };

/** Forecasts the correlations of each set every day by EWMA and by DCC, whose two parameters are estimated every so many days. */
@Injectable()
export class CorrelationsService {
  constructor(
    private readonly correlations: CorrelationsRepository,
    private readonly compute: Compute,
    private readonly outbox: Outbox,
  ) {}

  /** Of the subjects that the run has forecast. */
  async forecast(
    tx: Tx,
    context: DailyContext,
    subjects: readonly Subject[],
    portfolios: readonly Pick<HeldPortfolio, 'subject'>[],
    run: VolatilityRun,
  ): Promise<readonly Refusal[]> {
    const forecasts = new Map(run.forecasts.map((one) => [subjectKey(one), one]));
    const own = subjects.filter((subject) => forecasts.has(subjectKey(subject)));
    const sets = correlationSets(context.calendar, own, portfolios);
    if (sets.length === 0) return [];
    const setIds = sets.map(({ setId }) => setId);
    const known = await this.correlations.latestAsOf(tx, setIds);
    const fits = new Map((await this.correlations.latestFits(tx, setIds)).map((fit) => [fit.setId, fit]));
    const renewed: CorrelationFit[] = [];
    const made: MadeCorrelations[] = [];
    const refusals: Refusal[] = [];
    for (const set of sets) {
      const panel = panelOf(context, set);
      if (known.get(set.setId) === panel.lastBarTime) continue;
      const members = set.subjects.map((subject): CorrelationMember => {
        const returns = panel.series(subject.weights);
        const forecast = forecasts.get(subjectKey(subject))!;
        if (subject.currency !== set.currency) return memberAbroad(returns, forecast, context.policy.ewmaLambda);
        return { returns, forecast, fit: run.fits.get(subjectKey(subject)) };
      });
      let matrices: CorrelationMatrix[];
      try {
        matrices = ewmaMatrices(members, context.policy.ewmaLambda);
      } catch (error) {
        refusals.push(refusalOf(set, 'correlations', error));
        continue;
      }
      const residuals = residualsOf(members, context.policy.ewmaLambda);
      try {
        const last = fits.get(set.setId);
        const fit =
          last === undefined || isStale(context, set, last) ? await this.fit(context, set, residuals, last) : last;
        const dynamic = dccMatrices(members, residuals, fit);
        if (fit !== last) renewed.push(fit);
        made.push(madeOf(context, set, members, [...matrices, ...dynamic], fit));
      } catch (error) {
        refusals.push(refusalOf(set, 'dynamic correlations', error));
        made.push(madeOf(context, set, members, matrices, undefined));
      }
    }
    await this.correlations.insertFits(tx, renewed);
    await this.correlations.insert(tx, made);
    for (const one of made) await this.publish(tx, one);
    return refusals;
  }

  /** Scores what is due, once, by the returns that the subjects had. @returns how many scores there were */
  async score(tx: Tx, context: DailyContext, due: readonly DueCorrelations[]): Promise<number> {
    if (due.length === 0) return 0;
    const ends = new Map(
      (await this.correlations.independentEnds(tx, [...new Set(due.map(({ body }) => body.setId))])).map(
        ({ setId, horizonDays, end }) => [`${setId}/${horizonDays}`, end],
      ),
    );
    const scored = due.flatMap((one) => scoreOf(context, one, ends) ?? []);
    await this.correlations.score(tx, scored);
    for (const setId of new Set(scored.map((one) => one.setId))) {
      const own = scored.filter((one) => one.setId === setId);
      await this.outbox.emit(tx, correlationsScored, {
        occurredAt: context.at,
        data: {
          kind: own[0]!.kind,
          setId,
          scoredAt: context.at,
          codeVersion: CODE_VERSION,
          scored: own.map(({ forecastId, horizonDays, windowEnd, overlapping, scores }) => ({
            ...{ forecastId, horizonDays, windowEnd, overlapping, scores },
          })),
        },
      });
    }
    return scored.length;
  }

  private async fit(
    context: DailyContext,
    { setId, subjects, currency }: CorrelationSet,
    residuals: Returns,
    last: CorrelationFit | undefined,
  ): Promise<CorrelationFit> {
    const { a, b, standardErrors, logLikelihood, status, observations } = await this.compute.pool.run(
      'fitCompositeDcc',
      [residuals, { warmStart: last }],
    );
    return {
      fitId: randomUUID(),
      setId,
      fittedAt: context.at,
      windowEnd: panelOf(context, { currency }).dates.at(-1) ?? '',
      observations,
      subjects: subjects.map(({ kind, subjectId }) => ({ kind, subjectId })),
      ...{ a, b, standardErrors, logLikelihood, status },
    };
  }

  private async publish(tx: Tx, { stored, matrices }: MadeCorrelations): Promise<void> {
    const { calendar: _calendar, weights: _weights, leftOut: _leftOut, observations: _days, ...data } = stored;
    await this.outbox.emit(tx, correlationsForecast, {
      occurredAt: stored.madeAt,
      data: { ...data, matrices: [...matrices] },
    });
  }
}

/** What a method of risk-math has refused for a set; anything else is thrown. */
function refusalOf({ kind, setId }: CorrelationSet, what: string, error: unknown): Refusal {
  if (!RiskMathError.is(error) || isInfrastructureError(error)) throw error;
  return { kind, subjectId: setId, code: 'FORECASTING.ESTIMATE_FAILED', detail: `${what}: ${error.message}` };
}

function madeOf(
  { at, calendar, policy }: DailyContext,
  { setId, kind, currency, subjects, leftOut }: CorrelationSet,
  members: readonly CorrelationMember[],
  matrices: readonly CorrelationMatrix[],
  fit: CorrelationFit | undefined,
): MadeCorrelations {
  return {
    stored: {
      forecastId: randomUUID(),
      ...{ setId, kind, currency, leftOut, calendar },
      asOf: members[0]!.forecast.asOf,
      madeAt: at,
      observations: members[0]!.returns.length,
      fit: fit === undefined ? null : { fitId: fit.fitId, fittedAt: fit.fittedAt, a: fit.a, b: fit.b },
      subjects: subjects.map(({ kind: of, subjectId }) => ({ kind: of, subjectId })),
      weights: subjects.map(({ weights }) => Object.fromEntries(weights)),
      policyVersion: policy.version,
      codeVersion: CODE_VERSION,
    },
    matrices: [...matrices].sort((one, other) => one.horizonDays - other.horizonDays),
  };
}

/** Undefined while a day of the horizon is missing. */
function scoreOf(
  context: DailyContext,
  { body, matrices, horizonDays }: DueCorrelations,
  ends: Map<string, string>,
): SetScore | undefined {
  const { setId, kind, forecastId, currency, weights } = body;
  const panel = panelOf(context, { currency });
  const asOf = body.asOf.slice(0, 10);
  const place = panel.placeOf(asOf);
  const windowEnd = panel.dates[place + horizonDays];
  if (place < 0 || windowEnd === undefined) return undefined;
  const key = `${setId}/${horizonDays}`;
  const independentEnd = ends.get(key);
  const overlapping = independentEnd !== undefined && asOf < independentEnd;
  if (!overlapping) ends.set(key, windowEnd);
  const days = weights.map((of) => panel.series(new Map(Object.entries(of)), place + 1).subarray(0, horizonDays));
  const scores = correlationScores(panelOfMembers(days), matrices);
  return { setId, kind, forecastId, horizonDays, asOf, windowEnd, scoredAt: context.at, overlapping, scores };
}

/** Whether so many days have passed since the fit that the policy wants another. */
function isStale(context: DailyContext, set: CorrelationSet, { windowEnd }: CorrelationFit): boolean {
  const panel = panelOf(context, set);
  return panel.dates.length - 1 - panel.placeOf(windowEnd) >= context.policy.refitEveryDays;
}
