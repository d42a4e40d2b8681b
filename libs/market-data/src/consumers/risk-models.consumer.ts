import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type RiskModel } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import { RiskModelStore } from '../models/risk-model.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores the risk models that forecasting publishes. */
@Controller()
export class RiskModelsConsumer {
  constructor(
    private readonly models: RiskModelStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  /** @throws MarketDataError `MARKET_DATA.MODEL_MALFORMED` */
  @EventPattern<string>(topics.riskModels.name)
  async onModels(@Payload() events: readonly ReceivedEvent<RiskModel>[], @Ctx() { tx }: BatchContext): Promise<void> {
    for (const event of events) {
      const { portfolioId, asOf } = event.data;
      const stored = await this.models.put(event.data, event, tx);
      if (stored === undefined || !this.notifier.hasListener) continue;
      const { latest } = stored;
      await this.notifier.notify(
        [changeOf('riskModel', event, { portfolioIds: [portfolioId], earliest: asOf, latest })],
        tx,
      );
    }
  }
}
