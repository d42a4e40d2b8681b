import { RiskMathError } from '../foundation/risk-math-error.js';

/** Above this the asymptotic series below are exact to rounding. */
const ASYMPTOTIC = 15;
const HALF_LOG_TWO_PI = 0.9189385332046728;
/** B₂ₖ / (2k (2k − 1)), k = 1 … 8. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
/** B₂ₖ / 2k, k = 1 … 7. */
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/**
 * ln Γ(x) for x > 0, to about 1e-14 absolute or relative, whichever is larger.
 *
 * Source: Abramowitz and Stegun, 6.1.41, after moving x above 15 by Γ(x + 1) = x Γ(x).
 *
 * @throws RiskMathError `outOfDomain` unless x is finite and positive
 */
export function logGamma(x: number): number {
  requirePositiveArgument(x, 'ln Γ');
  let shifted = x;
  let product = 1;
  while (shifted < ASYMPTOTIC) {
    product *= shifted;
    shifted += 1;
  }
  return (
    (shifted - 0.5) * Math.log(shifted) -
    shifted +
    HALF_LOG_TWO_PI +
    series(STIRLING, shifted) * shifted -
    Math.log(product)
  );
}

/**
 * ψ(x) = d ln Γ(x) / dx for x > 0.
 *
 * Source: Abramowitz and Stegun, 6.3.18 and 6.3.5.
 *
 * @throws RiskMathError `outOfDomain` unless x is finite and positive
 */
export function digamma(x: number): number {
  requirePositiveArgument(x, 'ψ');
  let shifted = x;
  let total = 0;
  while (shifted < ASYMPTOTIC) {
    total -= 1 / shifted;
    shifted += 1;
  }
  return total + Math.log(shifted) - 0.5 / shifted - series(DIGAMMA, shifted);
}

/** Σ cₖ / x²ᵏ, k from 1. */
function series(coefficients: readonly number[], x: number): number {
  const inverse = 1 / (x * x);
  let value = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) value = (value + coefficients[k]!) * inverse;
  return value;
}

function requirePositiveArgument(x: number, name: string): void {
  if (!(x > 0 && Number.isFinite(x))) {
    throw new RiskMathError('outOfDomain', `${name} is asked at ${String(x)}; it must be positive`, { field: 'x' });
  }
}
