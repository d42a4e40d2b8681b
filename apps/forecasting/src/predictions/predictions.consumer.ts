import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PredictionMade } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { OWN_METHODS } from '../volatility/horizons.js';
import type { PredictionView } from './prediction.js';
import { PredictionsRepository } from './predictions.repository.js';

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
    const status = await this.statusOf(tx, data, anchor?.forecastId);
    const { kind, subjectId, predictionId, source, madeAt, horizonDays, forecast } = data;
    const view = { kind, subjectId, predictionId, source, madeAt, horizonDays, forecast, status, outcome: null };
    const isNew = await this.predictions.insert(tx, view, anchor?.forecastId ?? null);
    if (isNew && status === 'open' && anchor !== undefined) {
      await this.predictions.await(tx, anchor.forecastId, horizonDays);
    }
  }

  private async statusOf(
    tx: Tx,
    { source, forecast, horizonDays }: PredictionMade,
    forecastId: string | undefined,
  ): Promise<PredictionView['status']> {
    // Under the name of a method of ours its scores could not be told from ours.
    if (OWN_METHODS.includes(source)) return 'refused';
    if (forecast.target === 'regime') return 'notScored';
    if (forecastId === undefined) return 'noForecast';
    return (await this.predictions.isPast(tx, forecastId, horizonDays)) ? 'late' : 'open';
  }
}
