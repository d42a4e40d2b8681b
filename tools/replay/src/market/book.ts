import type { PositionChanges, PositionsSnapshot } from '@risk-budget/contracts';
import {
  addDecimals,
  compareDecimals,
  multiplyDecimals,
  negateDecimal,
  normalizeDecimal,
  roundDecimal,
} from '@risk-budget/persistence';

/** A trade to be executed. */
export interface Execution {
  readonly strategy: string;
  readonly instrumentId: string;
  readonly quantityChange: string;
}

/** What Portfolio State knows of a portfolio: holdings and cash, and the sequence of its statements. */
export class Book {
  private readonly quantities = new Map<string, Execution>();
  private sequence: number;
  private cash: string;
  readonly portfolioId: string;
  private readonly currency: string;

  constructor(start: PositionsSnapshot) {
    const [balance] = start.cash;
    if (balance === undefined) throw new Error(`${start.portfolioId} starts without a cash balance`);
    this.portfolioId = start.portfolioId;
    this.sequence = start.sequence;
    this.cash = balance.amount;
    this.currency = balance.currency;
    for (const { strategy, instrumentId, quantity } of start.positions)
      this.add({ strategy, instrumentId, quantityChange: quantity });
  }

  /** Holdings, by leaf. */
  holdings(): readonly Execution[] {
    return [...this.quantities.values()];
  }

  get cashBalance(): string {
    return this.cash;
  }

  /** Multiplies the shares of an instrument: what the owner of the positions does on a split's ex-date. */
  split(instrumentId: string, ratio: string): void {
    for (const [leaf, holding] of this.quantities) {
      if (holding.instrumentId !== instrumentId) continue;
      const quantity = normalizeDecimal(multiplyDecimals(holding.quantityChange, ratio));
      this.quantities.set(leaf, { ...holding, quantityChange: quantity });
    }
  }

  /**
   * Executes trades at the prices given and states them: whole shares, cash falling by what they cost. Trades of less than a share are left
   * out.
   *
   * @returns the statement; undefined when no trade is left
   */
  execute(
    trades: readonly Execution[],
    asOf: string,
    price: (instrumentId: string) => string,
  ): PositionChanges | undefined {
    const changes = trades
      .map(({ strategy, instrumentId, quantityChange }) => ({
        strategy,
        instrumentId,
        quantityChange: roundDecimal(quantityChange, 0, 'down'),
      }))
      .filter((change) => compareDecimals(change.quantityChange, '0') !== 0);
    if (changes.length === 0) return undefined;
    const amount = changes.reduce(
      (sum, change) =>
        addDecimals(sum, negateDecimal(multiplyDecimals(change.quantityChange, price(change.instrumentId)))),
      '0',
    );
    for (const change of changes) this.add(change);
    this.cash = addDecimals(this.cash, amount);
    this.sequence += 1;
    return {
      portfolioId: this.portfolioId,
      asOf,
      sequence: this.sequence,
      changes,
      cashChanges: [{ currency: this.currency, amount }],
    };
  }

  private add(change: Execution): void {
    const leaf = `${change.strategy}/${change.instrumentId}`;
    const before = this.quantities.get(leaf)?.quantityChange ?? '0';
    const after = addDecimals(before, change.quantityChange);
    if (compareDecimals(after, '0') === 0) this.quantities.delete(leaf);
    else
      this.quantities.set(leaf, {
        strategy: change.strategy,
        instrumentId: change.instrumentId,
        quantityChange: after,
      });
  }
}
