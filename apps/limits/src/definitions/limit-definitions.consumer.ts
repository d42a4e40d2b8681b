import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type LimitProposal } from '@risk-budget/contracts';
import { PortfolioArrivals } from '@risk-budget/market-data';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { isBefore } from '../instants.js';
import { upstreamService } from '../person.js';
import { LimitsRepository } from './limits.repository.js';
import { ProposalsService } from './proposals.service.js';

/**
 * Receives the limits that other services want. They wait for approval like any other; one that cannot be proposed is refused, parked and
 * replayed by the operator when what it lacks is there.
 */
@Controller()
export class LimitDefinitionsConsumer {
  constructor(
    private readonly proposals: ProposalsService,
    private readonly portfolios: PortfolioArrivals,
    private readonly limits: LimitsRepository,
  ) {}

  @EventPattern<string>(topics.limitDefinitions.name)
  async onLimitsWanted(@Payload() events: ReceivedEvent<LimitProposal>[], @Ctx() batch: BatchContext): Promise<void> {
    for (const event of events) {
      // Waits for a definition that is under way; a portfolio that nobody has defined is refused with the proposal.
      await this.portfolios.isKnown(event.data.portfolioId, batch);
      // What was wanted before the limit's rebuilt definition was told has been decided.
      const rebuiltUntil = await this.limits.rebuiltUntil(batch.tx, event.data.limitId);
      if (rebuiltUntil !== undefined && !isBefore(rebuiltUntil, event.recordedAt)) continue;
      await this.proposals.proposeOrRevise(batch.tx, event.data, {
        by: upstreamService(event.source),
        source: 'topic',
      });
    }
  }
}
