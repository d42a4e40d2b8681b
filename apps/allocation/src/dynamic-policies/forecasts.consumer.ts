import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { forecastMade, topics, type ForecastMade, type RegimeEstimated } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { AdjustmentTimer } from '../adjustments/adjustment.timer.js';
import { ReadingsRepository, type Reading } from './readings.repository.js';

/** Keeps the regimes and volatilities that forecasting publishes, and has the portfolios that follow them looked at. */
@Controller()
export class ForecastsConsumer {
  constructor(
    private readonly readings: ReadingsRepository,
    private readonly timer: AdjustmentTimer,
  ) {}

  @EventPattern<string>(topics.regimes.name)
  async onRegimes(
    @Payload() events: readonly ReceivedEvent<RegimeEstimated>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    const readings = events.map(({ data }): Reading => ({
      source: 'regime',
      kind: data.kind,
      subjectId: data.subjectId,
      detail: data.states.length,
      asOf: data.asOf,
      madeAt: data.madeAt,
      values: data.states.map((state) => state.probability),
    }));
    await this.keep(readings, batch);
  }

  @EventPattern<string>(topics.forecasts.name)
  async onForecasts(@Payload() events: readonly ReceivedEvent<unknown>[], @Ctx() batch: BatchContext): Promise<void> {
    const made = events.filter((event): event is ReceivedEvent<ForecastMade> => event.type === forecastMade.type);
    await this.keep(
      made.flatMap(({ data }) => (followed.has(data.kind) ? championsOf(data) : [])),
      batch,
    );
  }

  private async keep(readings: readonly Reading[], { tx }: BatchContext): Promise<void> {
    if (readings.length === 0) return;
    await this.readings.insert(tx, readings);
    await this.timer.onReadings(tx, readings);
  }
}

/** Kinds of subject that a policy may follow. */
const followed: ReadonlySet<string> = new Set(['market', 'portfolio']);

function championsOf(data: ForecastMade): Reading[] {
  return data.forecasts.flatMap(({ subjectId, asOf, champion, volatilities }) =>
    volatilities
      .filter(({ method }) => method === champion)
      .map(({ horizonDays, volatilityAnnual }) => ({
        source: 'volatility' as const,
        kind: data.kind,
        subjectId,
        detail: horizonDays,
        asOf,
        madeAt: data.madeAt,
        values: [volatilityAnnual],
      })),
  );
}
