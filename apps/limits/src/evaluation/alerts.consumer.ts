import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type UtilizationAlert } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { EvaluationService } from './evaluation.service.js';

/** Hears that a portfolio cannot be evaluated: then no snapshot comes that would say so. */
@Controller()
export class AlertsConsumer {
  constructor(private readonly evaluation: EvaluationService) {}

  @EventPattern<string>(topics.alerts.name)
  async onAlerts(@Payload() events: ReceivedEvent<UtilizationAlert>[], @Ctx() batch: BatchContext): Promise<void> {
    const found = events
      .map((event) => event.data)
      .sort((a, b) => (a.portfolioId < b.portfolioId ? -1 : a.portfolioId > b.portfolioId ? 1 : 0));
    for (const { portfolioId, asOf, detail, notEvaluable } of found) {
      if (notEvaluable === undefined) continue;
      const { code, afterSequence } = notEvaluable;
      const reason = `${detail} (${code})`;
      await this.evaluation.suspend(batch.tx, portfolioId, {
        kind: 'notEvaluable',
        since: asOf,
        reason,
        afterSequence,
      });
    }
  }
}
