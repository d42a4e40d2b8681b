import { requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { logGamma } from './gamma.js';

const STEPS = 10_000;
const EPSILON = 1e-16;
const TINY = 1e-300;

/**
 * Q(a, x) = Γ(a, x) / Γ(a), the upper regularised incomplete gamma function, x ≥ 0.
 *
 * Source: Abramowitz and Stegun, 6.5.29 (series, x < a + 1) and 6.5.31 (continued fraction).
 */
export function upperGamma(a: number, x: number): number {
  requirePositive(a, 'a');
  if (!(x >= 0)) throw new RiskMathError('outOfDomain', `x is ${String(x)}; it must not be below 0`, { field: 'x' });
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let total = term;
  for (let n = 1; n < STEPS; n++) {
    term *= x / (a + n);
    total += term;
    if (term < total * EPSILON) break;
  }
  return total;
}

/** Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < STEPS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / awayFromZero(numerator * d + b);
    c = awayFromZero(b + numerator / c);
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < EPSILON * 4) break;
  }
  return value;
}

export function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/**
 * P(X > x) of the χ² distribution: the p-value of a test statistic.
 *
 * @param x not below 0; rounding below 0 counts as 0
 * @param degreesOfFreedom above 0
 */
export function chiSquaredSurvival(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, Math.max(0, x) / 2);
}

/**
 * Φ(x), the distribution function of the standard normal, exact to rounding in the lower tail.
 *
 * Source: Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 7.1.2 and 6.5.17, by the incomplete gamma function.
 *
 * @throws RiskMathError `outOfDomain` on NaN
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x))
    throw new RiskMathError('outOfDomain', 'the normal distribution is asked at NaN', { field: 'x' });
  const tail = 0.5 * upperGamma(0.5, (x * x) / 2);
  return x < 0 ? tail : 1 - tail;
}
