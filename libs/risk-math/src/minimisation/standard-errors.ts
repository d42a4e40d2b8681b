import { inverse } from '../linear-algebra/linear-system.js';
import type { LinearConstraints } from './quadratic-step.js';

/** Below this share of a unit vector's length nothing of it is free. */
const PINNED = 1e-8;

/**
 * Robust covariance of the estimates Z (ZᵀHZ)⁻¹ ZᵀSZ (ZᵀHZ)⁻¹ Zᵀ, n×n, Z a basis of the directions that the active
 * constraints leave free; 0 where a parameter is pinned by them.
 *
 * Source: Bollerslev and Wooldridge, Econometric Reviews 11 (1992).
 *
 * @param hessian of the negative log-likelihood, n×n; @param outer Σ of outer products of the daily scores
 * @returns null where the second derivatives are not defined or singular
 */
export function robustCovariance(
  hessian: Float64Array | null,
  outer: Float64Array,
  constraints: LinearConstraints,
  active: readonly number[],
  size: number,
): Float64Array | null {
  if (hessian === null) return null;
  const basis = freeDirections(constraints, active, size);
  const k = basis.length;
  const inverted = inverse(sandwich(basis, hessian, size), k);
  if (inverted === null) return null;
  // (ZᵀHZ)⁻¹ Zᵀ, k×n.
  const spread = new Float64Array(k * size);
  for (let a = 0; a < k; a++) {
    for (let i = 0; i < size; i++) {
      for (let b = 0; b < k; b++) spread[a * size + i]! += inverted[a * k + b]! * basis[b]![i]!;
    }
  }
  const middle = sandwich(basis, outer, size);
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let a = 0; a < k; a++) {
        for (let b = 0; b < k; b++) {
          result[i * size + j]! += spread[a * size + i]! * middle[a * k + b]! * spread[b * size + j]!;
        }
      }
    }
  }
  return result.every(Number.isFinite) ? result : null;
}

/**
 * Standard errors √diag(Z (ZᵀHZ)⁻¹ Zᵀ) from the second derivatives alone; null where a parameter is pinned by an active
 * constraint, or where they are singular.
 */
export function informationErrors(
  hessian: Float64Array | null,
  constraints: LinearConstraints,
  active: readonly number[],
  size: number,
): (number | null)[] {
  // The sandwich with its filling the bread itself.
  const covariance = hessian === null ? null : robustCovariance(hessian, hessian, constraints, active, size);
  return Array.from({ length: size }, (_, i) => {
    const variance = covariance?.[i * size + i] ?? 0;
    return variance > 0 ? Math.sqrt(variance) : null;
  });
}

/** Gram–Schmidt: first the active constraints' rows, then what unit vectors add to them. */
function freeDirections(constraints: LinearConstraints, active: readonly number[], size: number): Float64Array[] {
  const taken: Float64Array[] = [];
  for (const k of active) {
    const rest = without(constraints.rows.slice(k * size, (k + 1) * size), taken);
    if (rest !== null) taken.push(rest);
  }
  const pinned = taken.length;
  for (let i = 0; i < size; i++) {
    const unit = new Float64Array(size);
    unit[i] = 1;
    const rest = without(unit, taken);
    if (rest !== null) taken.push(rest);
  }
  return taken.slice(pinned);
}

function without(vector: Float64Array, taken: readonly Float64Array[]): Float64Array | null {
  // Twice: once more takes off what rounding left.
  for (let pass = 0; pass < 2; pass++) {
    for (const other of taken) {
      let along = 0;
      for (let i = 0; i < vector.length; i++) along += vector[i]! * other[i]!;
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * other[i]!;
    }
  }
  const length = Math.hypot(...vector);
  return length < PINNED ? null : vector.map((value) => value / length);
}

/** Zᵀ M Z. */
function sandwich(basis: readonly Float64Array[], matrix: Float64Array, size: number): Float64Array {
  const k = basis.length;
  const result = new Float64Array(k * k);
  basis.forEach((left, a) => {
    basis.forEach((right, b) => {
      let total = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) total += left[i]! * matrix[i * size + j]! * right[j]!;
      }
      result[a * k + b] = total;
    });
  });
  return result;
}
