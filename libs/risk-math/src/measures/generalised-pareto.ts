import { RiskMathError } from '../foundation/risk-math-error.js';

/** A generalised Pareto distribution of excesses, P(Y > y) = (1 + ξ y / β)^(−1/ξ). */
export interface GeneralisedParetoFit {
  /** ξ: above 0 for a heavy tail. */
  readonly shape: number;
  /** β, in the unit of the excesses. */
  readonly scale: number;
  /** From the observed information; `null` where it is not positive definite or ξ ≤ −½, where it does not apply. */
  readonly shapeStandardError: number | null;
  readonly scaleStandardError: number | null;
  readonly logLikelihood: number;
}

/**
 * Maximum likelihood by the profile over θ = ξ / β: ξ(θ) is the mean of ln(1 + θ y), and what is left is one equation in one
 * unknown. The best local maximum with ξ > −1 is taken (beyond, the likelihood has none).
 *
 * Source: Grimshaw, "Computing maximum likelihood estimates for the generalized Pareto distribution", Technometrics 35
 * (1993).
 *
 * @param excesses all above 0
 * @throws RiskMathError `notConverged` when the likelihood has no maximum within reach
 */
export function fitGeneralisedPareto(excesses: Float64Array): GeneralisedParetoFit {
  let mean = 0;
  for (const value of excesses) mean += value / excesses.length;
  const unit = excesses.map((value) => value / mean);
  const theta = bestTheta(unit);
  const shape = shapeOf(unit, theta);
  const scale = theta === 0 ? 1 : shape / theta;
  const errors = standardErrors(unit, shape, scale);
  return {
    shape,
    scale: scale * mean,
    shapeStandardError: errors?.shape ?? null,
    scaleStandardError: errors === null ? null : errors.scale * mean,
    logLikelihood: -excesses.length * (Math.log(scale * mean) + shape + 1),
  };
}

/** Mean of ln(1 + θ y). */
function shapeOf(unit: Float64Array, theta: number): number {
  let total = 0;
  for (const value of unit) total += Math.log1p(theta * value);
  return total / unit.length;
}

function profile(unit: Float64Array, theta: number): number {
  const shape = shapeOf(unit, theta);
  return -Math.log(theta === 0 ? 1 : shape / theta) - shape;
}

/** Derivative of the profile: ((1 + ξ) mean(1 / (1 + θy)) − 1) / (θ ξ); by its series near 0, where that cancels. */
function slope(unit: Float64Array, theta: number): number {
  if (Math.abs(theta) < 1e-4) {
    let second = 0;
    let third = 0;
    for (const value of unit) {
      second += value ** 2 / unit.length;
      third += value ** 3 / unit.length;
    }
    return second / 2 - 1 + theta * (1.5 * second - (2 * third) / 3 + (second / 2 - 1) * (second / 2));
  }
  let inverse = 0;
  for (const value of unit) inverse += 1 / (1 + theta * value);
  const shape = shapeOf(unit, theta);
  return ((1 + shape) * (inverse / unit.length) - 1) / (theta * shape);
}

function bestTheta(unit: Float64Array): number {
  const grid = thetaGrid(unit);
  const values = grid.map((theta) => profile(unit, theta));
  let best: number | null = null;
  for (let at = 1; at + 1 < grid.length; at++) {
    const isPeak = values[at]! >= values[at - 1]! && values[at]! >= values[at + 1]!;
    if (!isPeak || shapeOf(unit, grid[at]!) <= -1) continue;
    if (best === null || values[at]! > values[best]!) best = at;
  }
  if (best === null) {
    throw new RiskMathError('notConverged', 'the likelihood of the generalised Pareto distribution has no maximum', {
      observations: unit.length,
    });
  }
  return bisect(unit, grid[best - 1]!, grid[best + 1]!);
}

/** From close to −1 / max y, through 0, to heavy tails. */
function thetaGrid(unit: Float64Array): number[] {
  const largest = unit.reduce((most, value) => Math.max(most, value), 0);
  const grid: number[] = [];
  for (let k = 60; k >= 0; k--) grid.push(-(1 - 10 ** (-8 + k * (8 / 61))) / largest);
  grid.sort((a, b) => a - b);
  grid.push(-1e-4 / largest, 0, 1e-4);
  for (let k = 0; k <= 80; k++) grid.push(10 ** (-3 + k * 0.1));
  return grid;
}

function bisect(unit: Float64Array, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 200 && low < high; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (slope(unit, middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** From the second derivatives of the log-likelihood at its maximum. */
function standardErrors(
  unit: Float64Array,
  shape: number,
  scale: number,
): { readonly shape: number; readonly scale: number } | null {
  if (shape <= -0.5) return null;
  let [first, square, mixed, logs] = [0, 0, 0, 0];
  let nearZero = 0;
  for (const y of unit) {
    const inverse = 1 / (scale + shape * y);
    const u = y * inverse;
    first += u;
    square += u * u;
    mixed += u * inverse;
    logs += Math.log1p((shape * y) / scale);
    nearZero += (y / scale) ** 2 - (2 / 3) * (y / scale) ** 3;
  }
  const count = unit.length;
  const byScale = count / scale ** 2 - ((1 + shape) * first) / scale ** 2 - ((1 + shape) * mixed) / scale;
  const across = first / scale - ((1 + shape) * square) / scale;
  const byShape =
    Math.abs(shape) < 1e-4 ? nearZero : (-2 * logs) / shape ** 3 + (2 * first) / shape ** 2 + (1 + 1 / shape) * square;
  const determinant = byScale * byShape - across * across;
  if (!(byShape < 0 && determinant > 0)) return null;
  return { shape: Math.sqrt(-byScale / determinant), scale: Math.sqrt(-byShape / determinant) };
}
