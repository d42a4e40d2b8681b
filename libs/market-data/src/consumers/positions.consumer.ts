import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type PositionChanges, type PositionsSnapshot } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { unknownPortfolio } from '../errors.js';
import { PortfolioStore } from '../portfolios/portfolio.store.js';
import { PositionStore, type StatementResult } from '../positions/position.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** A service that catches up reads portfolios and positions side by side: the definition may be a moment behind. */
const GRACE_MS = 500;
const STEP_MS = 25;
/** How long a portfolio that did not come is not waited for again. */
const FORGET_MS = 10_000;

/** Stores position snapshots and changes. */
@Controller()
export class PositionsConsumer {
  private readonly waitedFor = new Map<string, number>();

  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly positions: PositionStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_PORTFOLIO`: parked, and replayed by an operator once the portfolio is there */
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

  private async requirePortfolio(portfolioId: string, { tx, replay }: BatchContext): Promise<void> {
    const isKnown = async (): Promise<boolean> =>
      (await this.portfolios.find(portfolioId, undefined, tx)) !== undefined;
    if (await isKnown()) return;
    const now = performance.now();
    if (!replay && now - (this.waitedFor.get(portfolioId) ?? -Infinity) > FORGET_MS) {
      for (const [id, since] of this.waitedFor) if (now - since > FORGET_MS) this.waitedFor.delete(id);
      this.waitedFor.set(portfolioId, now);
      while (performance.now() - now < GRACE_MS) {
        await wait(STEP_MS);
        if (await isKnown()) return;
      }
    }
    throw unknownPortfolio(portfolioId);
  }
}
