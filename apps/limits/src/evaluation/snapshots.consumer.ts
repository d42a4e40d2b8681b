import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { EvaluationService } from './evaluation.service.js';

/** Receives the utilization snapshots of every portfolio. */
@Controller()
export class SnapshotsConsumer {
  constructor(private readonly evaluation: EvaluationService) {}

  @EventPattern<string>(topics.snapshots.name)
  async onSnapshots(
    @Payload() events: ReceivedEvent<UtilizationSnapshot>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    await this.evaluation.evaluate(batch.tx, events);
  }
}
