import type { PositionsSnapshot } from '@risk-budget/contracts';
import { divideDecimals, multiplyDecimals, subtractDecimals } from '@risk-budget/persistence';
import type { StartingLeaf } from '../script/primitives.js';

/**
 * The first statement of a portfolio: for each leaf the whole shares that its weight buys at the prices, the rest in cash.
 *
 * @param price raw close by instrument
 */
export function startingPositions(
  portfolioId: string,
  start: { readonly nav: string; readonly currency: string; readonly leaves: readonly StartingLeaf[] },
  asOf: string,
  price: (instrumentId: string) => string,
): PositionsSnapshot {
  let cash = start.nav;
  const positions = start.leaves.map(({ strategy, instrumentId, weight }) => {
    const close = price(instrumentId);
    const quantity = divideDecimals(multiplyDecimals(start.nav, weight), close, 0, 'down');
    cash = subtractDecimals(cash, multiplyDecimals(quantity, close));
    return { strategy, instrumentId, quantity };
  });
  return { portfolioId, asOf, sequence: 1, positions, cash: [{ currency: start.currency, amount: cash }] };
}
