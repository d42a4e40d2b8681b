import type { QuadraticConstraint } from '../allocation/constrained-problem.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireFinite, requireLength, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePositiveSemiDefinite } from '../linear-algebra/semi-definite.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import type { EllipsoidConstraint, OptimisationProblem } from './types.js';

/** All weights within a distance of a centre, √((w − c)ᵀA(w − c)) ≤ radius: a volatility or an ellipsoid. */
export interface Ball extends QuadraticConstraint {
  /** A, n×n. */
  readonly form: Float64Array;
  readonly centre: Float64Array;
  readonly radius: number;
  /** Whether it is told as an annual volatility, else as the square of the distance. */
  readonly annual: boolean;
}

/** The quadratic constraints of an optimisation. @throws RiskMathError `invalidInput`; `notPositiveSemiDefinite` */
export function quadraticsOf({ covariance, constraints = {} }: OptimisationProblem, size: number): Ball[] {
  const { trackingError, volatilityAnnual, ellipsoids = [] } = constraints;
  const nowhere = new Float64Array(covariance.size);
  const found: Ball[] = [];
  if (trackingError !== undefined) {
    const { benchmark, limitAnnual } = trackingError;
    requireLength(benchmark, covariance.size, 'constraints.trackingError.benchmark');
    requireFinite(benchmark, 'constraints.trackingError.benchmark');
    requirePositive(limitAnnual, 'constraints.trackingError.limitAnnual');
    found.push(ball('trackingError', covariance.values, benchmark, limitAnnual / ANNUALISATION, true, size));
  }
  if (volatilityAnnual !== undefined) {
    requirePositive(volatilityAnnual, 'constraints.volatilityAnnual');
    found.push(ball('volatility', covariance.values, nowhere, volatilityAnnual / ANNUALISATION, true, size));
  }
  const seen = new Set<string>();
  for (const ellipsoid of ellipsoids) {
    if (seen.has(ellipsoid.id)) {
      throw new RiskMathError('invalidInput', `constraints.ellipsoids holds ${ellipsoid.id} twice`, {
        field: 'constraints.ellipsoids',
        ids: [ellipsoid.id],
      });
    }
    seen.add(ellipsoid.id);
    checkEllipsoid(ellipsoid, covariance.size);
    const { id, matrix, centre = nowhere, limit } = ellipsoid;
    found.push(ball(`ellipsoid:${id}`, matrix, centre, Math.sqrt(limit), false, size));
  }
  return found;
}

function checkEllipsoid({ id, matrix, centre, limit }: EllipsoidConstraint, assets: number): void {
  const field = `constraints.ellipsoids.${id}`;
  requirePositive(limit, field);
  if (centre !== undefined) {
    requireLength(centre, assets, field);
    requireFinite(centre, field);
  }
  requirePositiveSemiDefinite(matrix, assets, field);
}

/** ½ wᵀAw − (Ac)ᵀw ≤ ½ (radius² − cᵀAc). */
function ball(
  id: string,
  form: Float64Array,
  centre: Float64Array,
  radius: number,
  annual: boolean,
  size: number,
): Ball {
  const assets = centre.length;
  const linear = new Float64Array(size);
  let own = 0;
  for (let i = 0; i < assets; i++) {
    for (let j = 0; j < assets; j++) linear[i]! -= form[i * assets + j]! * centre[j]!;
    own -= linear[i]! * centre[i]!;
  }
  const limit = (radius * radius - own) / 2;
  return { id, form, centre, radius, annual, matrix: embedded(form, assets, size), linear, limit };
}

/** The constrained figure at weights, in the unit that the limit was given in. */
export function reachedOf({ form, centre, annual }: Ball, weights: Float64Array): number {
  const size = centre.length;
  let total = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += form[i * size + j]! * (weights[j]! - centre[j]!);
    total += row * (weights[i]! - centre[i]!);
  }
  const square = notNegative(total, () =>
    variancePossible(
      weights.map((weight, i) => weight - centre[i]!),
      form,
      size + 1,
    ),
  );
  return annual ? ANNUALISATION * Math.sqrt(square) : square;
}

/** The limit, in the unit that it was given in. */
export function boundOf({ radius, annual }: Ball): number {
  return annual ? ANNUALISATION * radius : radius * radius;
}

/** An n×n matrix in the first n of `size` variables. */
export function embedded(values: Float64Array, assets: number, size: number): Float64Array {
  if (assets === size) return values.slice();
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < assets; i++) matrix.set(values.subarray(i * assets, (i + 1) * assets), i * size);
  return matrix;
}
