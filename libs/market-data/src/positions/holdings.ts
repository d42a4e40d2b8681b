import { dateOf, type BusinessDate, type CorporateAction, type Instant } from '@risk-budget/contracts';
import { addDecimals, divideDecimals, multiplyDecimals, normalizeDecimal } from '@risk-budget/persistence';
import type { AsOf } from '../common/as-of.js';
import type { Statement } from './statements.js';

/** One holding: the leaf (strategy, instrument). */
export interface Holding {
  readonly strategy: string;
  readonly instrumentId: string;
  /** Signed, exact decimal, in units of the question's day: splits since the statement are applied. */
  readonly quantity: string;
  /** The last price that the sender gave, in the instrument's currency and in units of the question's day. */
  readonly statedPrice?: { readonly price: string; readonly time: Instant };
}

/** Cash that a dividend with positions stated `before` adds: quantity × amount × multiplier, in the instrument's currency. */
export interface DividendEntitlement {
  readonly instrumentId: string;
  readonly exDate: BusinessDate;
  /** Held when the ex-date began, in units of that time. */
  readonly quantity: string;
  /** For one unit. */
  readonly amount: string;
}

/** What a portfolio holds at a moment. */
export interface Holdings {
  readonly portfolioId: string;
  readonly at: AsOf;
  /** Sequence of the last statement that is in it. */
  readonly sequence: number;
  /** Sequence of the snapshot it starts from. */
  readonly snapshotSequence: number;
  /** Business time of the newest statement that is in it. */
  readonly statedAt: Instant;
  /** By strategy, then instrument; none with quantity 0. */
  readonly positions: readonly Holding[];
  /** Exact decimals by currency. */
  readonly cash: readonly { readonly currency: string; readonly amount: string }[];
  readonly dividends: readonly DividendEntitlement[];
  /** Sequences missing between the snapshot and the last statement: what is held is uncertain while there are any. */
  readonly gaps: readonly number[];
}

interface Lot {
  readonly strategy: string;
  readonly instrumentId: string;
  readonly quantity: string;
  readonly price: string | undefined;
  readonly asOf: Instant;
  readonly inSnapshot: boolean;
}

/**
 * Holdings out of a snapshot and the changes after it.
 *
 * A split multiplies what was stated before its ex-date, and what was stated on the ex-date when the action says that
 * such positions count shares `before` it. A dividend with positions `before` is owed on what was held when its ex-date
 * began, unless the snapshot is younger and its cash therefore includes it.
 *
 * @param statements the snapshot first, then changes by sequence; all at or before `at.asOf`
 * @param actions by instrument, oldest first, with ex-dates at or before the day of `at.asOf`
 */
export function holdingsOf(
  portfolioId: string,
  at: AsOf,
  statements: readonly Statement[],
  actions: ReadonlyMap<string, readonly CorporateAction[]>,
): Holdings | undefined {
  const [snapshot] = statements;
  if (snapshot?.kind !== 'snapshot') return undefined;
  const lots = statements.flatMap(lotsOf);
  const last = statements.at(-1) ?? snapshot;
  return {
    portfolioId,
    at,
    sequence: last.sequence,
    snapshotSequence: snapshot.sequence,
    statedAt: statements.reduce((newest, { asOf }) => (asOf > newest ? asOf : newest), snapshot.asOf),
    positions: positionsOf(lots, actions),
    cash: cashOf(statements),
    dividends: dividendsOf(lots, dateOf(snapshot.asOf), actions),
    gaps: gapsIn(statements),
  };
}

function lotsOf(statement: Statement): Lot[] {
  const { asOf } = statement;
  return statement.kind === 'snapshot'
    ? statement.body.positions.map(({ strategy, instrumentId, quantity, price }) => ({
        ...{ strategy, instrumentId, quantity, price, asOf },
        inSnapshot: true,
      }))
    : statement.body.changes.map(({ strategy, instrumentId, quantityChange, price }) => ({
        ...{ strategy, instrumentId, quantity: quantityChange, price, asOf },
        inSnapshot: false,
      }));
}

function positionsOf(lots: readonly Lot[], actions: ReadonlyMap<string, readonly CorporateAction[]>): Holding[] {
  const leaves = new Map<string, { lot: Lot; quantities: string[]; price: Holding['statedPrice'] }>();
  for (const lot of lots) {
    const key = `${lot.strategy}/${lot.instrumentId}`;
    const leaf = leaves.get(key) ?? { lot, quantities: [], price: undefined };
    leaves.set(key, leaf);
    const ratios = splitRatios(actions.get(lot.instrumentId), dateOf(lot.asOf));
    leaf.quantities.push(ratios.reduce(multiplyDecimals, lot.quantity));
    if (lot.price === undefined) continue;
    const price = ratios.reduce((value, ratio) => divideDecimals(value, ratio, 12), lot.price);
    leaf.price = { price, time: lot.asOf };
  }
  const holdings: Holding[] = [];
  for (const { lot, quantities, price } of leaves.values()) {
    const quantity = normalizeDecimal(addDecimals(...quantities));
    if (quantity === '0') continue;
    const { strategy, instrumentId } = lot;
    holdings.push({ strategy, instrumentId, quantity, ...(price === undefined ? {} : { statedPrice: price }) });
  }
  return holdings.sort((a, b) => compare(a.strategy, b.strategy) || compare(a.instrumentId, b.instrumentId));
}

/** Ratios of the splits between a statement's day and the question's, whose shares the statement does not count yet. */
function splitRatios(
  actions: readonly CorporateAction[] | undefined,
  statedOn: BusinessDate,
  until?: BusinessDate,
): string[] {
  if (actions === undefined) return [];
  return actions.flatMap((action) =>
    action.kind === 'split' &&
    (action.exDate > statedOn || (action.exDate === statedOn && action.positions === 'before')) &&
    (until === undefined || action.exDate < until)
      ? [action.ratio]
      : [],
  );
}

function dividendsOf(
  lots: readonly Lot[],
  snapshotDate: BusinessDate,
  actions: ReadonlyMap<string, readonly CorporateAction[]>,
): DividendEntitlement[] {
  const entitlements: DividendEntitlement[] = [];
  for (const [instrumentId, list] of actions) {
    for (const action of list) {
      if (action.kind !== 'dividend' || action.positions !== 'before' || snapshotDate > action.exDate) continue;
      const held = lots
        .filter((lot) => lot.instrumentId === instrumentId)
        .filter((lot) => lot.inSnapshot || dateOf(lot.asOf) < action.exDate)
        .map((lot) => splitRatios(list, dateOf(lot.asOf), action.exDate).reduce(multiplyDecimals, lot.quantity));
      const quantity = normalizeDecimal(addDecimals(...held));
      if (quantity !== '0') {
        entitlements.push({ instrumentId, exDate: action.exDate, quantity, amount: action.amount });
      }
    }
  }
  return entitlements.sort((a, b) => compare(a.exDate, b.exDate) || compare(a.instrumentId, b.instrumentId));
}

function cashOf(statements: readonly Statement[]): { currency: string; amount: string }[] {
  const amounts = new Map<string, string>();
  for (const { body } of statements) {
    for (const { currency, amount } of 'cash' in body ? body.cash : body.cashChanges) {
      amounts.set(currency, addDecimals(amounts.get(currency) ?? '0', amount));
    }
  }
  return [...amounts]
    .map(([currency, amount]) => ({ currency, amount: normalizeDecimal(amount) }))
    .sort((a, b) => compare(a.currency, b.currency));
}

function gapsIn(statements: readonly Statement[]): number[] {
  const gaps: number[] = [];
  for (let i = 1; i < statements.length; i++) {
    const [before, after] = [statements[i - 1]?.sequence ?? 0, statements[i]?.sequence ?? 0];
    for (let sequence = before + 1; sequence < after; sequence++) gaps.push(sequence);
  }
  return gaps;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
