import { Injectable } from '@nestjs/common';
import type { ChangeContext, MarketDataChange, MarketDataListener } from '@risk-budget/market-data';
import { ModelTriggers } from '../risk-models/model-triggers.js';
import { ForecastSchedule } from './forecast-schedule.js';

/** Tells of changes whoever makes something of them. */
@Injectable()
export class ForecastingListener implements MarketDataListener {
  constructor(
    private readonly models: ModelTriggers,
    private readonly schedule: ForecastSchedule,
  ) {}

  async onChanges(changes: readonly MarketDataChange[], context: ChangeContext): Promise<void> {
    await this.models.onChanges(changes, context);
    for (const { kind, portfolioIds, occurredAt } of changes) {
      if (kind !== 'portfolio') continue;
      for (const portfolioId of portfolioIds) await this.schedule.onPortfolio(context.tx, portfolioId, occurredAt);
    }
  }
}
