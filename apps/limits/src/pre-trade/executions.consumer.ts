import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PositionChanges } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { ReservationsService } from './reservations.service.js';

/** Receives executed trades, for the reservations that they use up; the positions themselves are stored by market-data. */
@Controller()
export class ExecutionsConsumer {
  constructor(private readonly reservations: ReservationsService) {}

  @EventPattern<string>(topics.positionChanges.name)
  async onPositionsChanged(
    @Payload() events: ReceivedEvent<PositionChanges>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const event of events) await this.reservations.execute(batch.tx, event.data, event.occurredAt);
  }
}
