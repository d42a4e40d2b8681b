import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { SnapshotRepository } from './snapshot.repository.js';

/** Receives the utilization snapshots of every portfolio. */
@Controller()
export class SnapshotsConsumer {
  constructor(private readonly snapshots: SnapshotRepository) {}

  @EventPattern<string>(topics.snapshots.name)
  async onSnapshots(
    @Payload() events: readonly ReceivedEvent<UtilizationSnapshot>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.snapshots.insert(
      tx,
      events.map((event) => event.data),
    );
  }
}
