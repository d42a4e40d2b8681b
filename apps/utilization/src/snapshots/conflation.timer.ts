import { Injectable } from '@nestjs/common';
import { TimerHandler, type FiredTimer, type TimerContext } from '@risk-budget/service-kit';
import { conflationTimer, SnapshotsService, type ConflatedTick } from './snapshots.service.js';

/** Tells of the last of some conflated ticks when nothing has told of it before. */
@Injectable()
export class ConflationTimer {
  constructor(private readonly snapshots: SnapshotsService) {}

  @TimerHandler(conflationTimer)
  async fire(timer: FiredTimer<ConflatedTick>, { tx, correlationId }: TimerContext): Promise<void> {
    const event = { cause: 'price', causeId: timer.payload.causeId, occurredAt: timer.dueAt, correlationId } as const;
    await this.snapshots.takeConflated(tx, timer.key, event, timer.payload);
  }
}
