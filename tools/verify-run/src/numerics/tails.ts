import { normalQuantile } from './normal.js';
import { studentTwoSided } from './forecast-tests.js';

/** Loss by probability: a distribution of losses that is known exactly. */
export type QuantileFunction = (probability: number) => number;

/** Quantiles of losses with a normal distribution of no mean. */
export function normalLosses(deviation: number): QuantileFunction {
  return (probability) => deviation * normalQuantile(probability);
}

/** The same with Student's t of whole degrees of freedom above 2, with that deviation. */
export function studentLosses(deviation: number, degrees: number): QuantileFunction {
  const scale = deviation * Math.sqrt((degrees - 2) / degrees);
  return (probability) => scale * studentQuantile(probability, degrees);
}

/** Above the middle, by bisection. */
function studentQuantile(probability: number, degrees: number): number {
  let [low, high] = [0, 1e6];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (1 - studentTwoSided(middle, degrees) / 2 < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const tailSteps = 500;

/** Mean of the losses beyond a quantile, and the standard error of its estimate from so many draws, by the middle of many slices. */
export function tailMean(
  quantile: QuantileFunction,
  confidence: number,
  draws: number,
): { readonly mean: number; readonly standardError: number } {
  const slices = Array.from({ length: tailSteps }, (_, k) =>
    quantile(confidence + ((1 - confidence) * (k + 0.5)) / tailSteps),
  );
  const mean = slices.reduce((sum, loss) => sum + loss, 0) / tailSteps;
  const variance = slices.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / tailSteps;
  const beyond = mean - quantile(confidence);
  return { mean, standardError: Math.sqrt((variance + confidence * beyond ** 2) / (draws * (1 - confidence))) };
}

/** Log-likelihood of excesses by the generalised Pareto distribution; −∞ where it cannot have made them. */
export function paretoLogLikelihood(excesses: readonly number[], shape: number, scale: number): number {
  let sum = -excesses.length * Math.log(scale);
  for (const excess of excesses) {
    const inside = 1 + (shape * excess) / scale;
    if (inside <= 0) return -Infinity;
    sum -= shape === 0 ? excess / scale : (1 + 1 / shape) * Math.log(inside);
  }
  return sum;
}

/** Standard errors of shape and scale from the curvature of the likelihood there, by differences. */
export function paretoErrors(
  excesses: readonly number[],
  shape: number,
  scale: number,
): { readonly shape: number; readonly scale: number } {
  const [dx, dy] = [1e-4, 1e-4 * scale];
  const at = (x: number, y: number) => paretoLogLikelihood(excesses, shape + x * dx, scale + y * dy);
  const middle = at(0, 0);
  const [xx, yy] = [(at(1, 0) - 2 * middle + at(-1, 0)) / dx ** 2, (at(0, 1) - 2 * middle + at(0, -1)) / dy ** 2];
  const xy = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * dx * dy);
  const determinant = xx * yy - xy * xy;
  return { shape: Math.sqrt(-yy / determinant), scale: Math.sqrt(-xx / determinant) };
}
