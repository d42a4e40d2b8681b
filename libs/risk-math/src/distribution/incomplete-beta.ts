import { requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { logGamma } from './gamma.js';
import { awayFromZero } from './incomplete-gamma.js';

const STEPS = 10_000;

/**
 * I_x(a, b), the regularised incomplete beta function, 0 ≤ x ≤ 1.
 *
 * Source: Abramowitz and Stegun, 26.5.8, by Lentz's method on the side where the fraction converges fast.
 *
 * @param complement 1 − x, where the caller knows it to more digits
 */
export function incompleteBeta(a: number, b: number, x: number, complement = 1 - x): number {
  requirePositive(a, 'a');
  requirePositive(b, 'b');
  if (!(x >= 0 && x <= 1)) {
    throw new RiskMathError('outOfDomain', `x is ${String(x)}; it must lie in [0, 1]`, { field: 'x' });
  }
  if (x === 0) return 0;
  if (complement === 0) return 1;
  const front = Math.exp(
    logGamma(a + b) -
      logGamma(a) -
      logGamma(b) +
      a * (x > 0.5 ? Math.log1p(-complement) : Math.log(x)) +
      b * (complement > 0.5 ? Math.log1p(-x) : Math.log(complement)),
  );
  return x < (a + 1) / (a + b + 2) ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, complement)) / b;
}

function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 4e-16) break;
  }
  return value;
}
