import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type Breach, type LimitDefinition } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { BreachProbabilityRepository } from './breach-probability.repository.js';

/** Learns which limits there are, and which of them were broken. */
@Controller()
export class LimitsConsumer {
  constructor(private readonly limits: BreachProbabilityRepository) {}

  @EventPattern<string>(topics.limits.name)
  async onLimits(
    @Payload() events: readonly ReceivedEvent<LimitDefinition>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const { data } of events) await this.limits.putLimit(batch.tx, data);
  }

  @EventPattern<string>(topics.breaches.name)
  async onBreaches(@Payload() events: readonly ReceivedEvent<Breach>[], @Ctx() batch: BatchContext): Promise<void> {
    for (const { data } of events) if (data.transition === 'opened') await this.limits.putBreak(batch.tx, data);
  }
}
