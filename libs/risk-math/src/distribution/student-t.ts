import { requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { logGamma } from './gamma.js';
import { incompleteBeta } from './incomplete-beta.js';
import { normalQuantile } from './normal.js';

/**
 * ln of the density of Student's t at x (scale 1, variance ν / (ν − 2)).
 *
 * @throws RiskMathError `outOfDomain` where x is not finite, `invalidInput` on degrees of freedom that are not above 0
 */
export function studentTLogDensity(x: number, degreesOfFreedom: number): number {
  requirePositive(degreesOfFreedom, 'degreesOfFreedom');
  if (!Number.isFinite(x)) {
    throw new RiskMathError('outOfDomain', `the density of Student’s t is asked at ${x}`, { field: 'x' });
  }
  const half = degreesOfFreedom / 2;
  return (
    logGamma(half + 0.5) -
    logGamma(half) -
    0.5 * Math.log(Math.PI * degreesOfFreedom) -
    (half + 0.5) * Math.log1p((x * x) / degreesOfFreedom)
  );
}

/**
 * P(X ≤ x) of Student's t (scale 1).
 *
 * Source: Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 26.7.1 and 26.5.27, by the incomplete beta function.
 *
 * @throws RiskMathError `outOfDomain` on NaN, `invalidInput` on degrees of freedom that are not above 0
 */
export function studentTCdf(x: number, degreesOfFreedom: number): number {
  requirePositive(degreesOfFreedom, 'degreesOfFreedom');
  if (Number.isNaN(x)) throw new RiskMathError('outOfDomain', 'Student’s t is asked at NaN', { field: 'x' });
  const square = Math.min(x * x, Number.MAX_VALUE / 2);
  const total = degreesOfFreedom + square;
  const tail = 0.5 * incompleteBeta(degreesOfFreedom / 2, 0.5, degreesOfFreedom / total, square / total);
  return x < 0 ? tail : 1 - tail;
}

/**
 * The x with P(X ≤ x) = `probability` of Student's t (scale 1), by Newton steps kept inside a bracket.
 *
 * @throws RiskMathError `outOfDomain` outside (0, 1)
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  requirePositive(degreesOfFreedom, 'degreesOfFreedom');
  if (!(probability > 0 && probability < 1)) {
    throw new RiskMathError('outOfDomain', `a probability must lie in (0, 1); it is ${String(probability)}`, {
      field: 'probability',
    });
  }
  if (probability === 0.5) return 0;
  if (probability > 0.5) return -studentTQuantile(1 - probability, degreesOfFreedom);
  let low = Math.min(-1, normalQuantile(probability));
  while (studentTCdf(low, degreesOfFreedom) > probability) low *= 2;
  let high = 0;
  let x = low;
  for (let step = 0; step < 200; step++) {
    const value = studentTCdf(x, degreesOfFreedom);
    if (value > probability) high = x;
    else low = x;
    // Newton on ln P, which is nearly linear in ln |x| far out.
    const slope = Math.exp(studentTLogDensity(x, degreesOfFreedom)) / value;
    let next = x - Math.log(value / probability) / slope;
    if (!(next > low && next < high)) next = low < -1 && high === 0 ? low / 2 : (low + high) / 2;
    if (Math.abs(next - x) <= 2e-16 * Math.abs(x) || high - low <= 2e-16 * Math.abs(low)) return next;
    x = next;
  }
  return x;
}
