import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type LimitDefinition } from '@risk-budget/contracts';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { WatchedLimitsRepository } from './watched-limits.repository.js';

/** Learns which limits are in force, so that no tick that crosses one is conflated away. */
@Controller()
export class LimitsConsumer {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly limits: WatchedLimitsRepository,
  ) {}

  @EventPattern<string>(topics.limits.name)
  async onLimits(@Payload() events: ReceivedEvent<LimitDefinition>[], @Ctx() batch: BatchContext): Promise<void> {
    const portfolioIds = [...new Set(events.map(({ data }) => data.portfolioId))].sort();
    for (const portfolioId of portfolioIds) {
      await this.states.lock(batch.tx, portfolioId);
      for (const { data } of events) if (data.portfolioId === portfolioId) await this.limits.apply(batch.tx, data);
    }
  }
}
