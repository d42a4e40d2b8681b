import { addDecimals, compareDecimals, negateDecimal, normalizeDecimal } from '@risk-budget/persistence';
import type { ProposedTrade } from './pre-trade.schemas.js';

/**
 * What is left of reserved trades after an execution: as much as was executed in the same direction is taken off; an execution beyond the
 * reservation, or in the other direction, uses up no more than there is.
 */
export function useUp(reserved: readonly ProposedTrade[], executed: readonly ProposedTrade[]): ProposedTrade[] {
  const rest = reserved.map((trade) => ({ ...trade }));
  for (const { strategy, instrumentId, quantityChange } of executed) {
    let left = quantityChange;
    for (const trade of rest) {
      if (trade.strategy !== strategy || trade.instrumentId !== instrumentId) continue;
      const taken = sameSign(trade.quantityChange, left) ? smaller(trade.quantityChange, left) : '0';
      trade.quantityChange = normalizeDecimal(addDecimals(trade.quantityChange, negateDecimal(taken)));
      left = addDecimals(left, negateDecimal(taken));
    }
  }
  return rest.filter((trade) => compareDecimals(trade.quantityChange, '0') !== 0);
}

function sameSign(a: string, b: string): boolean {
  return compareDecimals(a, '0') === compareDecimals(b, '0');
}

/** The one closer to 0; both have the same sign. */
function smaller(a: string, b: string): string {
  const positive = compareDecimals(a, '0') > 0;
  return compareDecimals(a, b) < 0 === positive ? a : b;
}
