/** A difference this small is rounding, not a trade. Relative to the value. */
const tolerance = 1e-9;

/**
 * Whether a trade caused or worsened a breach: the figure is further beyond than the previous holdings would be at the same marks and
 * with the same model. With holdings that did not change it cannot be.
 */
export function worsenedByTrade(value: number, withPreviousHoldings: number, direction: 'upper' | 'lower'): boolean {
  const further = direction === 'upper' ? value - withPreviousHoldings : withPreviousHoldings - value;
  return further > tolerance * Math.max(Math.abs(value), Math.abs(withPreviousHoldings));
}
