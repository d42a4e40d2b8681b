import { Injectable } from '@nestjs/common';
import { dateOf, type CorporateAction } from '@risk-budget/contracts';
import {
  CorporateActionStore,
  FxStore,
  InstrumentStore,
  MarkStore,
  seenAt,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';

/** What one unit of an instrument is worth in base currency: price × multiplier × rate. */
export type UnitPrices = ReadonlyMap<string, number>;

/** Prices of instruments at a snapshot, held or not, and the splits between two of them. */
@Injectable()
export class UnitPriceReader {
  constructor(
    private readonly instruments: InstrumentStore,
    private readonly marks: MarkStore,
    private readonly rates: FxStore,
    private readonly corporateActions: CorporateActionStore,
  ) {}

  /** As the snapshot marks what it holds; of other instruments the last price known then. Those without one are absent. */
  async at(inputs: PortfolioInputs, wanted: readonly string[], tx?: Tx): Promise<UnitPrices> {
    const prices = new Map<string, number>();
    for (const { instrumentId, price, contractMultiplier, rate } of inputs.positions) {
      prices.set(instrumentId, price * contractMultiplier * rate);
    }
    const missing = wanted.filter((id) => !prices.has(id));
    if (missing.length === 0) return prices;
    const at = seenAt(inputs.at.asOf);
    const definitions = await this.instruments.find(missing, at.knownAt, tx);
    const marks = await this.marks.marks(missing, at, tx);
    const currencies = [...new Set([...definitions.values()].map(({ currency }) => currency))];
    const rates = await this.rates.conversions(currencies, inputs.portfolio.baseCurrency, at, tx);
    for (const id of missing) {
      const definition = definitions.get(id);
      const mark = marks.get(id);
      const rate = definition === undefined ? undefined : rates.get(definition.currency);
      if (definition === undefined || mark === undefined || rate === undefined) continue;
      prices.set(id, mark.price * Number(definition.contractMultiplier) * rate.rate);
    }
    return prices;
  }

  /** By instrument, what a unit at the first moment has become at the second: 2 after a split of two for one. */
  async splits(ids: readonly string[], from: string, to: string, tx?: Tx): Promise<ReadonlyMap<string, number>> {
    const [known, then] = await Promise.all([
      this.corporateActions.find(ids, seenAt(from), tx),
      this.corporateActions.find(ids, seenAt(to), tx),
    ]);
    const ratios = new Map<string, number>();
    for (const [id, actions] of then) {
      const counted = known.get(id) ?? [];
      const ratio = actions
        .filter((action) => action.exDate > dateOf(from) || !counted.some((other) => isSame(other, action)))
        .reduce((product, action) => (action.kind === 'split' ? product * Number(action.ratio) : product), 1);
      if (ratio !== 1) ratios.set(id, ratio);
    }
    return ratios;
  }
}

function isSame(a: CorporateAction, b: CorporateAction): boolean {
  return a.kind === b.kind && a.exDate === b.exDate;
}
