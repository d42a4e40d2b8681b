import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { topics, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { ReceivedEvent } from '@risk-budget/messaging';
import { SnapshotFeed } from './snapshot-feed.js';

/** Follows the snapshots topic, whichever instance takes a snapshot. */
@Controller()
export class SnapshotsConsumer {
  constructor(private readonly feed: SnapshotFeed) {}

  @EventPattern<string>(topics.snapshots.name, { fanOut: true })
  onSnapshots(@Payload() events: readonly ReceivedEvent<UtilizationSnapshot>[]): void {
    for (const { data } of events) this.feed.publish(data);
  }
}
