const DECAY = 0.94;
const DAYS = 75;

/**
 * The variance before the first day: the exponentially weighted (0.94) mean of the first 75 squared residuals, the first
 * day heaviest. Of a series that stands still for all these days: the mean of all its squares.
 */
export function startVariance(residuals: Float64Array): number {
  if (residuals.length === 0) return 0;
  let weight = 1;
  let weights = 0;
  let total = 0;
  for (let t = 0; t < Math.min(DAYS, residuals.length); t++) {
    total += weight * residuals[t]! * residuals[t]!;
    weights += weight;
    weight *= DECAY;
  }
  if (total > 0) return total / weights;
  for (const value of residuals) total += value * value;
  return total / residuals.length;
}
