import { RiskMathError } from '../foundation/risk-math-error.js';

/** Residuals whose squares vary less than this, relative, have no variance to model. */
const NO_VARIATION = 1e-10;

/** Sizes whose square and its inverse are still numbers. */
const LARGEST_EXPONENT = 400;

/** Scaled by a power of two, which changes no digit, to a root mean square near 1. */
export function scaledReturns(returns: Float64Array): { scaled: Float64Array; scale: number } {
  let largest = 0;
  for (let t = 0; t < returns.length; t++) largest = Math.max(largest, Math.abs(returns[t]!));
  if (largest === 0) throw nothingVaries();
  let squares = 0;
  for (let t = 0; t < returns.length; t++) squares += (returns[t]! / largest) ** 2;
  const root = largest * Math.sqrt(squares / returns.length);
  const scale = 2 ** -Math.round(Math.log2(root));
  if (!(Math.abs(Math.log2(scale)) < LARGEST_EXPONENT)) {
    throw new RiskMathError('outOfDomain', `returns of a size of ${root} have no variance in range`, {
      field: 'returns',
    });
  }
  return { scaled: returns.map((value) => value * scale), scale };
}

/** @throws RiskMathError `outOfDomain` when the residuals are all of one size */
export function requireVariation(residuals: Float64Array, meanSquare: number): void {
  const spread = meanOf(residuals.map((value) => Math.abs(value * value - meanSquare)));
  if (!(meanSquare > 1e-20) || spread <= NO_VARIATION * meanSquare) throw nothingVaries();
}

function nothingVaries(): RiskMathError {
  return new RiskMathError('outOfDomain', 'the returns do not vary in size, so that there is no variance to model', {
    field: 'returns',
  });
}

/** Mean of a series. */
export function meanOf(values: Float64Array): number {
  let total = 0;
  for (let t = 0; t < values.length; t++) total += values[t]!;
  return total / values.length;
}
