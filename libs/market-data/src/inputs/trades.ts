import {
  addDecimals,
  decimalFromNumber,
  multiplyDecimals,
  negateDecimal,
  normalizeDecimal,
} from '@risk-budget/persistence';
import type { Holding } from '../positions/holdings.js';
import type { Trade } from './portfolio-inputs.types.js';
import type { PortfolioParts } from './portfolio-parts.js';

/** A portfolio after trades: quantities change, and cash falls by quantity × price (the mark when none is given) × multiplier. */
export function applyTrades(parts: PortfolioParts, trades: readonly Trade[]): PortfolioParts {
  const positions = new Map(parts.positions.map((holding) => [keyOf(holding), holding]));
  const cash = new Map(parts.cash);
  for (const trade of trades) {
    const key = keyOf(trade);
    const held: Holding = positions.get(key) ?? {
      strategy: trade.strategy,
      instrumentId: trade.instrumentId,
      quantity: '0',
    };
    positions.set(key, { ...held, quantity: normalizeDecimal(addDecimals(held.quantity, trade.quantityChange)) });
    const instrument = parts.instruments.get(trade.instrumentId);
    const price = trade.price ?? decimalFromNumber(parts.marks.get(trade.instrumentId)?.price ?? 0);
    const paid = multiplyDecimals(multiplyDecimals(trade.quantityChange, price), instrument?.contractMultiplier ?? '1');
    const currency = instrument?.currency ?? parts.portfolio.baseCurrency;
    cash.set(currency, normalizeDecimal(addDecimals(cash.get(currency) ?? '0', negateDecimal(paid))));
  }
  const kept = [...positions.values()].filter((holding) => holding.quantity !== '0');
  return { ...parts, positions: kept.sort(byLeaf), cash };
}

function keyOf({ strategy, instrumentId }: Pick<Holding, 'strategy' | 'instrumentId'>): string {
  return `${strategy}/${instrumentId}`;
}

function byLeaf(a: Holding, b: Holding): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
