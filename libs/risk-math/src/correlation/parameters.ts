import { type Minimum, minimise, type SmoothObjective } from '../minimisation/minimise.js';
import type { NamedLinearConstraints } from '../minimisation/quadratic-step.js';
import { robustCovariance } from '../minimisation/standard-errors.js';

/** The two parameters of dynamic correlations, as they were estimated. */
export interface DccEstimate {
  readonly a: number;
  readonly b: number;
  /** Robust, of the second step alone: the residuals are taken as given. Null at a bound. */
  readonly standardErrors: { readonly a: number | null; readonly b: number | null };
  readonly status: 'converged' | 'notConverged';
  readonly residual: number;
  readonly iterations: number;
  readonly atBound: readonly string[];
}

const CONSTRAINTS: NamedLinearConstraints = {
  count: 3,
  rows: Float64Array.of(1, 0, 0, 1, -1, -1),
  bounds: Float64Array.of(0, 0, -(1 - 1e-8)),
  names: ['a ≥ 0', 'b ≥ 0', 'a + b < 1'],
};
const STARTS = [
  [0.01, 0.97],
  [0.03, 0.9],
  [0.05, 0.5],
] as const;

/** The likeliest (a, b). @param likelihood negative, over (a, b); @param warmStart tried beside a usual start, in place of three */
export function dccMinimum(likelihood: SmoothObjective, warmStart?: Pick<DccEstimate, 'a' | 'b'>): Minimum {
  const starts = warmStart === undefined ? STARTS : [STARTS[0], inside(warmStart)];
  return minimise(
    likelihood,
    starts.map((start) => Float64Array.from(start)),
    CONSTRAINTS,
  );
}

/** What a minimum says of the parameters. */
export function dccEstimate(likelihood: SmoothObjective, minimum: Minimum): DccEstimate {
  const curvature = likelihood.curvature(minimum.at);
  const covariance = robustCovariance(minimum.hessian, curvature, CONSTRAINTS, minimum.active, 2);
  const error = (place: number): number | null => {
    const variance = covariance?.[place * 3] ?? 0;
    return variance > 0 ? Math.sqrt(variance) : null;
  };
  return {
    a: Math.max(0, minimum.at[0]!),
    b: Math.max(0, minimum.at[1]!),
    standardErrors: { a: error(0), b: error(1) },
    status: minimum.converged ? 'converged' : 'notConverged',
    residual: Number.isFinite(minimum.residual) ? minimum.residual : Number.MAX_VALUE,
    iterations: minimum.iterations,
    atBound: minimum.active.map((k) => CONSTRAINTS.names[k]!),
  };
}

/** A start that lies within the constraints, and not on one. */
function inside({ a, b }: Pick<DccEstimate, 'a' | 'b'>): readonly [number, number] {
  const first = Math.min(0.5, Math.max(1e-3, a));
  return [first, Math.min(0.998 - first, Math.max(1e-3, b))];
}
