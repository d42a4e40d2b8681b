import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { ChangeLog, PortfolioStore, PositionStore, seenAt, type MarketDataChange } from '@risk-budget/market-data';
import { executeLater, type Tx } from '@risk-budget/persistence';
import { CLOCK } from '@risk-budget/service-kit';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { laterOf } from './snapshot-event.js';

/** Finds the portfolios whose figures a change of market data, positions or specification may move. */
@Injectable()
export class AffectedPortfolios {
  constructor(
    private readonly positions: PositionStore,
    private readonly portfolios: PortfolioStore,
    private readonly states: PortfolioStateRepository,
    private readonly changes: ChangeLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Ids in one order everywhere, so that transactions lock portfolios in the same order. */
  async of(tx: Tx, change: MarketDataChange): Promise<string[]> {
    const named = change.portfolioIds.length > 0;
    await waitForOthers(tx, named ? 'shared' : 'exclusive');
    const ids = named ? change.portfolioIds : await this.concernedBy(tx, change);
    return [...new Set(ids)].sort();
  }

  /** The ticks that concern each portfolio, by id in that order. */
  async ofTicks(tx: Tx, ticks: readonly MarketDataChange[]): Promise<Map<string, MarketDataChange[]>> {
    await waitForOthers(tx, 'exclusive');
    const instrumentIds = [...new Set(ticks.flatMap((tick) => tick.instrumentIds))];
    const held = await this.changes.onceAfter(
      tx,
      () => this.states.newestMoment(tx),
      (newest) => {
        const present = laterOf(this.clock.now(), newest);
        const asOf = ticks.reduce((latest, { occurredAt }) => laterOf(occurredAt, latest), present);
        return this.positions.heldBy(instrumentIds, seenAt(asOf), tx);
      },
    );
    const concerned = [...held].map(([portfolioId, ids]): [string, MarketDataChange[]] => [
      portfolioId,
      ticks.filter((tick) => tick.instrumentIds.some((instrumentId) => ids.has(instrumentId))),
    ]);
    return new Map(concerned.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private async concernedBy(tx: Tx, change: MarketDataChange): Promise<readonly string[]> {
    switch (change.kind) {
      case 'price':
      case 'tick': // comes with others of its kind: see `ofTicks`
      case 'corporateAction':
      case 'instrument':
        return this.holders(tx, change);
      case 'rate':
        return this.states.convertingAny(
          tx,
          change.pairs.flatMap((pair) => [pair.slice(0, 3), pair.slice(3)]),
        );
      case 'benchmark':
        return this.measuredAgainst(tx, change.benchmarkIds);
      case 'portfolio':
      case 'position':
      case 'riskModel':
      case 'budgetPlan':
        return change.portfolioIds;
    }
  }

  /** Who holds an instrument now: what is late or corrects the past moves the present figures too. */
  private async holders(tx: Tx, change: MarketDataChange): Promise<string[]> {
    const present = laterOf(this.clock.now(), await this.states.newestMoment(tx));
    const asOf = laterOf(change.occurredAt, present);
    return this.positions.holders(change.instrumentIds, seenAt(asOf), tx);
  }

  private async measuredAgainst(tx: Tx, benchmarkIds: readonly string[]): Promise<string[]> {
    const all = await this.portfolios.list(undefined, tx);
    return all
      .filter(({ benchmarkId }) => benchmarkId !== undefined && benchmarkIds.includes(benchmarkId))
      .map(({ portfolioId }) => portfolioId);
  }
}

/**
 * Who is concerned by a price is read from positions, and the figures after a trade from prices: of two such transactions at the same
 * time each would miss the other's rows. So those that ask who is concerned go alone, those about a named portfolio side by side.
 */
async function waitForOthers(tx: Tx, mode: 'shared' | 'exclusive'): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await executeLater(tx, `SELECT ${lock}(hashtext(current_schema()), hashtext('changes'))`);
}
