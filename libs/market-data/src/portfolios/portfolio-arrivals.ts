import { Injectable } from '@nestjs/common';
import { topics } from '@risk-budget/contracts';
import { BatchContext, Messaging } from '@risk-budget/messaging';
import { portfolioNotYetKnown } from '../errors.js';
import { PortfolioStore } from './portfolio.store.js';

/** Tells a portfolio that nobody has defined from one whose definition is published and not handled here yet: topics have no order among each other. */
@Injectable()
export class PortfolioArrivals {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly messaging: Messaging,
  ) {}

  /**
   * Whether the portfolio that an event is about is known.
   *
   * @throws MarketDataError `PORTFOLIO_NOT_YET_KNOWN`, which is tried again while other portfolios go on, as long as definitions wait here
   */
  async isKnown(portfolioId: string, { tx, replay }: BatchContext): Promise<boolean> {
    const find = async (): Promise<boolean> => (await this.portfolios.find(portfolioId, undefined, tx)) !== undefined;
    if (await find()) return true;
    if (replay) return false;
    if (await this.messaging.isBehind(topics.portfolios.name)) throw portfolioNotYetKnown(portfolioId);
    // What was published before this event has been applied by now, perhaps since the first look.
    return find();
  }
}
