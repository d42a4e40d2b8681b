import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { ChangeLog, PortfolioStore, PositionStore, seenAt, type MarketDataChange } from '@risk-budget/market-data';
import { executeLater, type Tx } from '@risk-budget/persistence';
import { CLOCK } from '@risk-budget/service-kit';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { laterOf } from './snapshot-event.js';

/** Which of some instruments each portfolio holds that holds any, by the portfolio's id. */
export type Holders = ReadonlyMap<string, ReadonlySet<string>>;

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

  /** Waits until a batch of changes may ask whom they concern. @returns who holds which of the instruments that they are about */
  async holdersFor(tx: Tx, changes: readonly MarketDataChange[]): Promise<Holders> {
    await waitForOthers(tx, changes.every(isNamed) ? 'shared' : 'exclusive');
    return this.holding(
      tx,
      changes.filter((change) => !isNamed(change) && asksHolders.has(change.kind)),
    );
  }

  /** The portfolios that a change concerns: ids in one order everywhere, so that transactions lock portfolios in the same order. */
  async of(tx: Tx, change: MarketDataChange, holders: Holders): Promise<string[]> {
    const ids = isNamed(change) ? change.portfolioIds : await this.concernedBy(tx, change, holders);
    return [...new Set(ids)].sort();
  }

  /** The ticks that concern each portfolio, by id in that order. */
  async ofTicks(tx: Tx, ticks: readonly MarketDataChange[]): Promise<Map<string, MarketDataChange[]>> {
    await waitForOthers(tx, 'exclusive');
    const held = await this.holding(tx, ticks);
    const concerned = [...held].map(([portfolioId, ids]): [string, MarketDataChange[]] => [
      portfolioId,
      ticks.filter((tick) => tick.instrumentIds.some((instrumentId) => ids.has(instrumentId))),
    ]);
    return new Map(concerned.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Who holds which of the changed instruments now: what is late or corrects the past moves the present figures too. */
  private holding(tx: Tx, changes: readonly MarketDataChange[]): Promise<Holders> {
    if (changes.length === 0) return Promise.resolve(new Map());
    const instrumentIds = [...new Set(changes.flatMap((change) => change.instrumentIds))];
    return this.changes.onceAfter(
      tx,
      () => this.states.newestMoment(tx),
      (newest) => {
        const present = laterOf(this.clock.now(), newest);
        const asOf = changes.reduce((latest, { occurredAt }) => laterOf(occurredAt, latest), present);
        return this.positions.heldBy(instrumentIds, seenAt(asOf), tx);
      },
    );
  }

  private async concernedBy(tx: Tx, change: MarketDataChange, held: Holders): Promise<readonly string[]> {
    switch (change.kind) {
      case 'price':
      case 'tick': // comes with others of its kind: see `ofTicks`
      case 'corporateAction':
      case 'instrument':
        return [...held].flatMap(([id, instruments]) =>
          change.instrumentIds.some((instrumentId) => instruments.has(instrumentId)) ? [id] : [],
        );
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

  private async measuredAgainst(tx: Tx, benchmarkIds: readonly string[]): Promise<string[]> {
    const all = await this.portfolios.list(undefined, tx);
    return all
      .filter(({ benchmarkId }) => benchmarkId !== undefined && benchmarkIds.includes(benchmarkId))
      .map(({ portfolioId }) => portfolioId);
  }
}

/** Kinds of changes that concern who holds an instrument. */
const asksHolders: ReadonlySet<MarketDataChange['kind']> = new Set(['price', 'tick', 'corporateAction', 'instrument']);

function isNamed({ portfolioIds }: MarketDataChange): boolean {
  return portfolioIds.length > 0;
}

/**
 * Who is concerned by a price is read from positions, and the figures after a trade from prices: of two such transactions at the same
 * time each would miss the other's rows. So those that ask who is concerned go alone, those about a named portfolio side by side.
 */
async function waitForOthers(tx: Tx, mode: 'shared' | 'exclusive'): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await executeLater(tx, `SELECT ${lock}(hashtext(current_schema()), hashtext('changes'))`);
}
