import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PositionChanges, type PositionsSnapshot } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { unknownPortfolio } from '../errors.js';
import { PortfolioArrivals } from '../portfolios/portfolio-arrivals.js';
import { PositionStore, type StatementResult } from '../positions/position.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores position snapshots and changes. */
@Controller()
export class PositionsConsumer {
  constructor(
    private readonly arrivals: PortfolioArrivals,
    private readonly positions: PositionStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  /**
   * @throws NotFoundError `MARKET_DATA.UNKNOWN_PORTFOLIO`: parked, and replayed by an operator once the portfolio is there
   * @throws MarketDataError `PORTFOLIO_NOT_YET_KNOWN`: tried again
   */
  @EventPattern<string>(topics.positions.name)
  async onSnapshots(
    @Payload() events: readonly ReceivedEvent<PositionsSnapshot>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      await this.requirePortfolio(event.data.portfolioId, batch);
      await this.tell(event, await this.positions.putSnapshot(event.data, event, batch.tx), batch.tx);
    }
  }

  /** @throws as {@link onSnapshots} */
  @EventPattern<string>(topics.positionChanges.name)
  async onChanges(
    @Payload() events: readonly ReceivedEvent<PositionChanges>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      await this.requirePortfolio(event.data.portfolioId, batch);
      await this.tell(event, await this.positions.putChanges(event.data, event, batch.tx), batch.tx);
    }
  }

  private async tell(
    event: ReceivedEvent<PositionsSnapshot | PositionChanges>,
    { changed, latest }: StatementResult,
    tx: Tx,
  ): Promise<void> {
    if (!changed) return;
    const { portfolioId, asOf } = event.data;
    await this.notifier.notify(
      [changeOf('position', event, { portfolioIds: [portfolioId], earliest: asOf, latest })],
      tx,
    );
  }

  private async requirePortfolio(portfolioId: string, batch: BatchContext): Promise<void> {
    if (!(await this.arrivals.isKnown(portfolioId, batch))) throw unknownPortfolio(portfolioId);
  }
}
