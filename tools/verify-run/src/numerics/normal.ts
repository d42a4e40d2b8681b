/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Distribution function of the standard normal, by the series Φ(x) = ½ + φ(x) Σ x^(2n+1) / (1·3·5···(2n+1)). All terms have one sign, so
 * nothing cancels; good to 1e-15 for |x| ≤ 6, which covers every confidence level in use.
 */
export function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 500; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
    if (Math.abs(term) < 1e-18 * Math.abs(sum)) break;
  }
  return 0.5 + normalDensity(x) * sum;
}

/** The z with Φ(z) = p, by bisection to a narrow bracket and Newton's steps from there. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability between 0 and 1 is needed, not ${p}`);
  let low = -6;
  let high = 6;
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  let z = (low + high) / 2;
  for (let step = 0; step < 4; step++) z -= (normalDistribution(z) - p) / normalDensity(z);
  return z;
}
