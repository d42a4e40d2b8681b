import { Injectable } from '@nestjs/common';
import type { ChangeContext, MarketDataChange, MarketDataListener } from '@risk-budget/market-data';
import { AffectedPortfolios } from './affected-portfolios.js';
import { isTick, snapshotEventOf } from './snapshot-event.js';
import { SnapshotsService } from './snapshots.service.js';

/** Portfolios whose statements travel together; what they rest on is in memory at the same time. */
const together = 16;

/** Turns every change of what a portfolio's figures rest on into snapshots, in the transaction that stored the change; ticks of a batch portfolio by portfolio. */
@Injectable()
export class ChangeListener implements MarketDataListener {
  constructor(
    private readonly affected: AffectedPortfolios,
    private readonly snapshots: SnapshotsService,
  ) {}

  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    if (changes.every(({ kind }) => kind === 'tick')) {
      const affected = [...(await this.affected.ofTicks(tx, changes))];
      while (affected.length > 0) {
        // Begun in the order of their ids, in which they are locked.
        const some = affected.splice(0, together);
        await Promise.all(
          some.map(([id, ticks]) => this.snapshots.takeTicks(tx, id, ticks.map(snapshotEventOf).filter(isTick))),
        );
      }
      return;
    }
    const holders = await this.affected.holdersFor(tx, changes);
    for (const change of changes) {
      for (const portfolioId of await this.affected.of(tx, change, holders)) {
        await this.snapshots.take(tx, portfolioId, snapshotEventOf(change));
      }
    }
  }
}
