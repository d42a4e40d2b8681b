import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { regimeEstimated } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { RiskMathError } from '@risk-budget/risk-math';
import { Compute } from '../compute.js';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { Refusal, Subject } from '../subjects/subject.js';
import { CODE_VERSION } from '../version.js';
import {
  regimeOf,
  regimeParameters,
  STATE_COUNTS,
  storedParameters,
  type StateCount,
  type StoredRegime,
  type StoredRegimeFit,
} from './regime.js';
import { RegimesRepository } from './regimes.repository.js';

/** Says each day in which regime each market is, with parameters that are estimated again every so many days. */
@Injectable()
export class RegimesService {
  constructor(
    private readonly regimes: RegimesRepository,
    private readonly compute: Compute,
    private readonly outbox: Outbox,
  ) {}

  /** @param markets subjects with enough history */
  async estimate(tx: Tx, context: DailyContext, markets: readonly Subject[]): Promise<readonly Refusal[]> {
    if (markets.length === 0) return [];
    const ids = markets.map(({ subjectId }) => subjectId);
    const known = await this.regimes.latestAsOf(tx, ids);
    const fits = new Map(
      (await this.regimes.latestFits(tx, ids)).map((fit) => [`${fit.subjectId}/${fit.states}`, fit]),
    );
    const renewed: StoredRegimeFit[] = [];
    const made: StoredRegime[] = [];
    const refusals: Refusal[] = [];
    for (const market of markets) {
      const panel = panelOf(context, market);
      if (known.get(market.subjectId) === panel.lastBarTime) continue;
      const series = panel.series(market.weights);
      for (const states of STATE_COUNTS) {
        try {
          const last = fits.get(`${market.subjectId}/${states}`);
          const age = last === undefined ? Infinity : panel.dates.length - 1 - panel.placeOf(last.windowEnd);
          const isDue = age >= context.policy.refitEveryDays;
          const fit = last === undefined || isDue ? await this.fit(context, market, states, series, last) : last;
          if (fit !== last) renewed.push(fit);
          made.push({
            regimeId: randomUUID(),
            kind: market.kind,
            subjectId: market.subjectId,
            asOf: panel.lastBarTime,
            madeAt: context.at,
            fitId: fit.fitId,
            fittedAt: fit.fittedAt,
            ...regimeOf(series, fit),
            codeVersion: CODE_VERSION,
            calendar: context.calendar,
            currency: market.currency,
            weights: Object.fromEntries(market.weights),
          });
        } catch (error) {
          if (!RiskMathError.is(error)) throw error;
          const { kind, subjectId } = market;
          const detail = `${states} states: ${error.message}`;
          refusals.push({ kind, subjectId, code: 'FORECASTING.ESTIMATE_FAILED', detail });
        }
      }
    }
    await this.regimes.insertFits(tx, renewed);
    await this.regimes.insert(tx, made);
    for (const { calendar: _calendar, currency: _currency, weights: _weights, ...data } of made) {
      await this.outbox.emit(tx, regimeEstimated, { occurredAt: context.at, data });
    }
    return refusals;
  }

  private async fit(
    context: DailyContext,
    market: Subject,
    states: StateCount,
    series: Float64Array,
    last: StoredRegimeFit | undefined,
  ): Promise<StoredRegimeFit> {
    const options = last === undefined ? {} : { warmStart: regimeParameters(last) };
    const fit = await this.compute.pool.run('fitRegimes', [series, { states }, options]);
    return {
      fitId: randomUUID(),
      kind: market.kind,
      subjectId: market.subjectId,
      states,
      fittedAt: context.at,
      windowEnd: panelOf(context, market).dates.at(-1) ?? '',
      ...storedParameters(fit),
    };
  }
}
