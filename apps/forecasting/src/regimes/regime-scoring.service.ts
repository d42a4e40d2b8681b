import { Injectable } from '@nestjs/common';
import { regimesScored } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { PredictionView } from '../predictions/prediction.js';
import { PredictionsRepository, type OpenRegimePrediction } from '../predictions/predictions.repository.js';
import { CODE_VERSION } from '../version.js';
import { regimeScores, STATIONARY, type RegimeScore, type RivalProbabilities } from './regime-score.js';
import { RegimeScoresRepository, type DueRegime } from './regime-scores.repository.js';

/** Holds forecasts of regimes, ours and those from outside, against the return of the day that they were about. */
@Injectable()
export class RegimeScoringService {
  constructor(
    private readonly scores: RegimeScoresRepository,
    private readonly predictions: PredictionsRepository,
    private readonly outbox: Outbox,
  ) {}

  /** Scores what is due, once, in the transaction of the run. @returns how many scores there were */
  async score(tx: Tx, context: DailyContext, due: readonly DueRegime[]): Promise<number> {
    if (due.length === 0) return 0;
    const outside = await this.predictions.openOfRegimes(tx, [...new Set(due.map(({ body }) => body.regimeId))]);
    const scored = due.flatMap((one) => scoreOf(context, one, rivalsOf(one, outside)) ?? []);
    await this.scores.insert(tx, scored);
    await this.predictions.close(tx, outcomesOf(outside, scored));
    for (const subjectId of new Set(scored.map((one) => one.subjectId))) {
      await this.outbox.emit(tx, regimesScored, {
        occurredAt: context.at,
        data: {
          ...{ kind: 'market', subjectId, scoredAt: context.at, codeVersion: CODE_VERSION },
          scored: scored
            .filter((one) => one.subjectId === subjectId)
            .map(({ regimeId, states, horizonDays, windowEnd, realisedReturn, scores }) => ({
              ...{ regimeId, states, horizonDays, windowEnd, realisedReturn, scores },
            })),
        },
      });
    }
    return scored.length;
  }
}

/** Undefined while a day of the horizon is missing. */
function scoreOf(
  context: DailyContext,
  { body: regime, horizonDays }: DueRegime,
  rivals: readonly RivalProbabilities[],
): RegimeScore | undefined {
  const { regimeId, subjectId, states, currency, weights } = regime;
  const panel = panelOf(context, { currency });
  const asOf = regime.asOf.slice(0, 10);
  const place = panel.placeOf(asOf);
  const windowEnd = panel.dates[place + horizonDays];
  if (place < 0 || windowEnd === undefined) return undefined;
  const realisedReturn = panel.series(new Map(Object.entries(weights)), place + horizonDays)[0] ?? 0;
  return {
    ...{ regimeId, subjectId, states: states.length, horizonDays, asOf, windowEnd },
    ...{ scoredAt: context.at, realisedReturn },
    scores: regimeScores(regime, horizonDays, realisedReturn, rivals),
  };
}

/** Probabilities from outside for the same day: the last ones of each source. */
function rivalsOf({ body, horizonDays }: DueRegime, outside: readonly OpenRegimePrediction[]): RivalProbabilities[] {
  const bySource = new Map<string, readonly number[]>();
  for (const { regimeId, horizonDays: horizon, body: told } of outside) {
    if (regimeId !== body.regimeId || horizon !== horizonDays || told.forecast.target !== 'regime') continue;
    bySource.set(told.source, told.forecast.probabilities);
  }
  return [...bySource].map(([method, probabilities]) => ({ method, probabilities }));
}

/** What came of the predictions whose day has been scored; of several by one source each has its own loss. */
function outcomesOf(outside: readonly OpenRegimePrediction[], scored: readonly RegimeScore[]): PredictionView[] {
  const byHorizon = new Map(scored.map((one) => [`${one.regimeId}/${one.horizonDays}`, one]));
  return outside.flatMap(({ regimeId, horizonDays, regime, body }) => {
    const score = byHorizon.get(`${regimeId}/${horizonDays}`);
    if (score === undefined || body.forecast.target !== 'regime') return [];
    const { windowEnd, realisedReturn, scores } = score;
    const { probabilities } = body.forecast;
    const own = regimeScores(regime, horizonDays, realisedReturn, [{ method: body.source, probabilities }]).at(-1);
    const reference = scores.find(({ method }) => method === STATIONARY) ?? scores[0];
    return [
      {
        ...body,
        status: 'scored' as const,
        outcome: {
          ...{ windowEnd, realised: realisedReturn },
          ...{ loss: -(own?.logScore ?? 0), referenceLoss: -(reference?.logScore ?? 0) },
        },
      },
    ];
  });
}
