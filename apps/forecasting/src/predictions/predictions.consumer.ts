import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PredictionMade } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { STATE_COUNTS } from '../regimes/regime.js';
import { REGIME_METHODS } from '../regimes/regime-score.js';
import { OWN_METHODS } from '../volatility/horizons.js';
import type { PredictionView } from './prediction.js';
import { PredictionsRepository, type Anchor } from './predictions.repository.js';

/** Keeps forecasts from outside, each beside the forecast of ours that it is scored with. */
@Controller()
export class PredictionsConsumer {
  constructor(private readonly predictions: PredictionsRepository) {}

  @EventPattern<string>(topics.predictions.name)
  async onPredictions(
    @Payload() events: readonly ReceivedEvent<PredictionMade>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const { data } of events) await this.keep(batch.tx, data);
  }

  private async keep(tx: Tx, data: PredictionMade): Promise<void> {
    const anchor = await this.predictions.anchor(tx, data);
    const status = await this.statusOf(tx, data, anchor);
    const { kind, subjectId, predictionId, source, madeAt, horizonDays, forecast } = data;
    const view = { kind, subjectId, predictionId, source, madeAt, horizonDays, forecast, status, outcome: null };
    const isNew = await this.predictions.insert(tx, view, anchor);
    if (isNew && status === 'open' && anchor !== undefined) await this.predictions.await(tx, anchor, horizonDays);
  }

  private async statusOf(
    tx: Tx,
    { source, forecast, horizonDays }: PredictionMade,
    anchor: Anchor | undefined,
  ): Promise<PredictionView['status']> {
    // Under the name of a method of ours its scores could not be told from ours.
    if (ownMethods.has(source)) return 'refused';
    if (forecast.target === 'regime') {
      const { probabilities } = forecast;
      if (!STATE_COUNTS.some((count) => count === probabilities.length)) return 'notScored';
      if (Math.abs(probabilities.reduce((sum, one) => sum + one, 0) - 1) > ROUNDING) return 'refused';
    }
    if (anchor === undefined) return 'noForecast';
    return (await this.predictions.isPast(tx, anchor, horizonDays)) ? 'late' : 'open';
  }
}

const ownMethods: ReadonlySet<string> = new Set([...OWN_METHODS, ...REGIME_METHODS]);
/** By which probabilities may miss the sum 1. */
const ROUNDING = 1e-6;
