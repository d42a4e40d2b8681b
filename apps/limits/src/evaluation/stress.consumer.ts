import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type StressRun } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { EvaluationService } from './evaluation.service.js';

/** Receives the daily stress runs of every portfolio. What somebody asks for is no reason for a breach. */
@Controller()
export class StressConsumer {
  constructor(private readonly evaluation: EvaluationService) {}

  @EventPattern<string>(topics.stressResults.name)
  async onRuns(@Payload() events: ReceivedEvent<StressRun>[], @Ctx() batch: BatchContext): Promise<void> {
    const scheduled = events.filter(({ data }) => data.cause === 'schedule');
    if (scheduled.length > 0) await this.evaluation.evaluateStress(batch.tx, scheduled);
  }
}
