import { Injectable } from '@nestjs/common';
import type { CorporateAction, Instrument } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf } from '../common/as-of.js';
import { ChangeLog, type LoggedChange } from '../common/change-log.js';
import { LeastRecentlyUsed } from '../common/least-recently-used.js';
import { CorporateActionStore } from '../corporate-actions/corporate-action.store.js';
import { MarketDataError } from '../errors.js';
import { InstrumentStore } from '../instruments/instrument.store.js';
import { FxStore } from '../rates/fx.store.js';
import { dailyRates } from '../rates/daily-rates.js';
import type { BarSeries } from './adjustment.js';
import type { AlignedReturns, AlignedReturnsQuery } from './aligned-returns.types.js';
import { alignMembers, alignOwn, assemble, DEFAULT_MAXIMUM_CARRY_DAYS, type AlignmentData } from './alignment.js';
import { PriceHistory } from './price-history.js';

const MILLISECONDS_PER_DAY = 86_400_000;
/** Answers kept a process. */
const CACHED_ANSWERS = 32;

interface Loaded extends AlignmentData {
  readonly bars: Map<string, BarSeries>;
  readonly actions: Map<string, CorporateAction[]>;
  readonly instruments: Map<string, Instrument>;
}

/** Daily total returns of several instruments on common days, in base currency. See {@link AlignedReturns}. */
@Injectable()
export class AlignedReturnsService {
  private readonly answers = new LeastRecentlyUsed<string, { returns: AlignedReturns; end: number }>(CACHED_ANSWERS);
  private generation = 0;

  constructor(
    private readonly history: PriceHistory,
    private readonly instruments: InstrumentStore,
    private readonly corporateActions: CorporateActionStore,
    private readonly rates: FxStore,
    private readonly changes: ChangeLog,
  ) {
    changes.register(
      (change) => {
        if (change.kind === 'portfolio') return;
        this.generation++;
        this.answers.deleteWhere(({ end }) => change.earliest <= end);
      },
      () => {
        this.generation++;
        this.answers.clear();
      },
    );
  }

  /**
   * Returns of the instruments of the question. The same array is handed to everybody who asks the same: do not write to
   * it.
   *
   * @throws MarketDataError `MARKET_DATA.NO_HISTORY` without two trading days
   */
  load(query: AlignedReturnsQuery, tx?: Tx): Promise<AlignedReturns> {
    return this.changes.once(tx, () => this.loadNow(query, tx));
  }

  private async loadNow(query: AlignedReturnsQuery, tx: Tx | undefined): Promise<AlignedReturns> {
    const own = await this.changes.refresh(tx);
    const end = Date.parse(query.end);
    const isPure = !own.some((change) => change.kind !== 'portfolio' && change.earliest <= end);
    const key = JSON.stringify(query);
    const known = isPure ? this.answers.get(key) : undefined;
    if (known !== undefined) return known.returns;
    const generation = this.generation;
    const returns = await this.compute(query, own, tx);
    if (isPure && generation === this.generation) this.answers.set(key, { returns, end });
    return returns;
  }

  private async compute(
    query: AlignedReturnsQuery,
    own: readonly LoggedChange[],
    tx: Tx | undefined,
  ): Promise<AlignedReturns> {
    const ids = [...new Set([...query.instrumentIds, ...(query.calendarInstrumentIds ?? [])])];
    const data = await this.loadData(ids, query, own, tx);
    const alignment = alignOwn(query, data);
    if (alignment.days.length - alignment.start < 2) {
      throw new MarketDataError(
        'MARKET_DATA.NO_HISTORY',
        `Fewer than two trading days up to ${query.end} are known of the ${query.instrumentIds.length} instruments asked for.`,
      );
    }
    if (alignment.needsStandIns) {
      const members = await this.possibleMembers(query, tx);
      const further = await this.loadData(
        members.filter((id) => !data.bars.has(id)),
        query,
        own,
        tx,
      );
      for (const name of ['bars', 'actions', 'instruments'] as const) {
        for (const [id, value] of further[name]) (data[name] as Map<string, unknown>).set(id, value);
      }
      alignMembers(members, query, data, alignment);
    }
    return assemble(query, data, alignment);
  }

  /** Whoever may stand in for others: all instruments known but indices and cash. */
  private async possibleMembers(query: AlignedReturnsQuery, tx: Tx | undefined): Promise<string[]> {
    const known = await this.instruments.list(query.knownAt, tx);
    return known
      .filter(({ assetClass }) => assetClass !== 'index' && assetClass !== 'cash')
      .map(({ instrumentId }) => instrumentId);
  }

  private async loadData(
    ids: readonly string[],
    query: AlignedReturnsQuery,
    own: readonly LoggedChange[],
    tx: Tx | undefined,
  ): Promise<Loaded> {
    const at: AsOf = { asOf: query.end, knownAt: query.knownAt };
    const to = Date.parse(query.end);
    const from = to - calendarDays(query) * MILLISECONDS_PER_DAY;
    const knownAt = Date.parse(query.knownAt);
    const bars = await this.history.series({ instrumentIds: ids, from, to, knownAt }, own, tx);
    const instruments = await this.instruments.find(ids, query.knownAt, tx);
    const actions = ids.length === 0 ? new Map() : await this.corporateActions.find(ids, at, tx);
    const currencies = new Set([...instruments.values()].map(({ currency }) => currency));
    currencies.delete(query.baseCurrency);
    const rates = currencies.size === 0 ? [] : await this.rates.history({ from: new Date(from).toISOString(), at }, tx);
    return {
      bars,
      actions,
      instruments,
      rates: (currency, days) => dailyRates(currency, query.baseCurrency, rates, days),
    };
  }
}

/** Calendar days that hold so many trading days for sure, at 252 a year with two weeks to spare. */
function calendarDays(query: AlignedReturnsQuery): number {
  const carry = query.maximumCarryDays ?? DEFAULT_MAXIMUM_CARRY_DAYS;
  return Math.ceil((query.days + 1 + carry) * 1.48) + 30;
}
