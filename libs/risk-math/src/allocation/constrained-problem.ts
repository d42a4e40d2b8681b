import type { BarrierProblem } from './coordinate-descent.js';
import type { ProgramRow } from './program.js';

/**
 * A barrier problem with coupled linear constraints; bᵢ may be 0, which leaves that coordinate without a logarithm, and free
 * of sign if its lower bound is −∞.
 */
export interface ConstrainedProblem extends BarrierProblem {
  readonly rows: readonly Pick<ProgramRow, 'coefficients' | 'lower' | 'upper'>[];
}

export interface InteriorPointResult {
  readonly variables: Float64Array;
  readonly iterations: number;
  /** Largest violation of the optimality system, relative to its terms. */
  readonly residual: number;
  /** Signed multipliers: positive pushes down from an upper side, negative up from a lower side. */
  readonly boundMultipliers: Float64Array;
  readonly rowMultipliers: Float64Array;
}

/** One inequality g·y ≤ h: a side of a bound or of a row. */
export interface Side {
  /** −1 for a bound. */
  readonly row: number;
  /** −1 for a row. */
  readonly variable: number;
  readonly sign: 1 | -1;
  readonly limit: number;
}

/** Every inequality of a problem besides y > 0 under a logarithm. Rows with equal bounds are equations, and no sides. */
export function sidesOf(problem: ConstrainedProblem): Side[] {
  const sides: Side[] = [];
  for (let i = 0; i < problem.size; i++) {
    const lower = problem.lower[i]!;
    if (problem.upper[i]! < Infinity) sides.push({ row: -1, variable: i, sign: 1, limit: problem.upper[i]! });
    if (lower > 0 || (problem.barrier[i] === 0 && lower > -Infinity)) {
      sides.push({ row: -1, variable: i, sign: -1, limit: -lower });
    }
  }
  problem.rows.forEach(({ lower, upper }, row) => {
    if (lower === upper) return;
    if (upper < Infinity) sides.push({ row, variable: -1, sign: 1, limit: upper });
    if (lower > -Infinity) sides.push({ row, variable: -1, sign: -1, limit: -lower });
  });
  return sides;
}

/** g·y of a side. */
export function sideValue(problem: ConstrainedProblem, side: Side, y: Float64Array): number {
  return side.sign * (side.row < 0 ? y[side.variable]! : inner(problem.rows[side.row]!.coefficients, y));
}

/** Equations that say something new beside those before them. */
export function independentEquations(problem: ConstrainedProblem): number[] {
  const space = new RowSpace();
  return problem.rows.flatMap(({ lower, upper, coefficients }, row) =>
    lower === upper && space.add(coefficients) ? [row] : [],
  );
}

/** An equation that keeps less of its length than this beside the others says nothing new. */
const DEPENDENT = 1e-10;

/** The space of the equations so far, as an orthonormal basis. */
class RowSpace {
  private readonly basis: Float64Array[] = [];

  /** `false` when the row lies in the space already; feasible equations then agree. */
  add(row: Float64Array): boolean {
    const rest = row.slice();
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of this.basis) {
        const part = inner(rest, direction);
        for (let i = 0; i < rest.length; i++) rest[i]! -= part * direction[i]!;
      }
    }
    const length = Math.sqrt(inner(rest, rest));
    if (length <= DEPENDENT * Math.sqrt(inner(row, row))) return false;
    this.basis.push(rest.map((value) => value / length));
    return true;
  }
}

export function inner(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
