import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type LimitProposal } from '@risk-budget/contracts';
import { PortfolioArrivals } from '@risk-budget/market-data';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { upstreamService } from '../person.js';
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
  ) {}

  @EventPattern<string>(topics.limitDefinitions.name)
  async onLimitsWanted(@Payload() events: ReceivedEvent<LimitProposal>[], @Ctx() batch: BatchContext): Promise<void> {
    for (const event of events) {
      // Waits for a definition that is under way; a portfolio that nobody has defined is refused with the proposal.
      await this.portfolios.isKnown(event.data.portfolioId, batch);
      await this.proposals.proposeOrRevise(batch.tx, event.data, {
        by: upstreamService(event.source),
        source: 'topic',
      });
    }
  }
}
