import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type RealisedReturnsStated } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { RealisedReturnsRepository } from './realised-returns.repository.js';

/** Receives the returns that performance attribution upstream has measured. */
@Controller()
export class RealisedReturnsConsumer {
  constructor(private readonly returns: RealisedReturnsRepository) {}

  @EventPattern<string>(topics.realisedReturns.name)
  async onReturns(
    @Payload() events: readonly ReceivedEvent<RealisedReturnsStated>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.returns.insert(tx, events);
  }
}
