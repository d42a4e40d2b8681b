import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { EvaluationService } from './evaluation.service.js';

/**
 * Tries in which a snapshot may wait for the positions and the model behind it. They only tell an active breach from a passive one, so that
 * holding a limit against its figure never fails for want of them.
 */
const patientAttempts = 3;

/** Receives the utilization snapshots of every portfolio. */
@Controller()
export class SnapshotsConsumer {
  constructor(private readonly evaluation: EvaluationService) {}

  @EventPattern<string>(topics.snapshots.name)
  async onSnapshots(
    @Payload() events: ReceivedEvent<UtilizationSnapshot>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    await this.evaluation.evaluate(batch.tx, events, { patient: batch.attempt <= patientAttempts });
  }
}
