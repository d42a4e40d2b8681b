import { Injectable } from '@nestjs/common';
import type { ChangeContext, MarketDataChange, MarketDataListener } from '@risk-budget/market-data';
import { AffectedPortfolios } from './affected-portfolios.js';
import { isTick, snapshotEventOf } from './snapshot-event.js';
import { SnapshotsService } from './snapshots.service.js';

/** Turns every change of what a portfolio's figures rest on into snapshots, in the transaction that stored the change; ticks of a batch portfolio by portfolio. */
@Injectable()
export class ChangeListener implements MarketDataListener {
  constructor(
    private readonly affected: AffectedPortfolios,
    private readonly snapshots: SnapshotsService,
  ) {}

  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    if (changes.every(({ kind }) => kind === 'tick')) {
      for (const [portfolioId, ticks] of await this.affected.ofTicks(tx, changes)) {
        await this.snapshots.takeTicks(tx, portfolioId, ticks.map(snapshotEventOf).filter(isTick));
      }
      return;
    }
    for (const change of changes) {
      for (const portfolioId of await this.affected.of(tx, change)) {
        await this.snapshots.take(tx, portfolioId, snapshotEventOf(change));
      }
    }
  }
}
