import type { BarrierProblem } from './coordinate-descent.js';
import type { ProgramRow } from './program.js';
import type { ScenarioTerm } from './scenario-state.js';

/**
 * A barrier problem with coupled linear constraints; bᵢ may be 0, which leaves that coordinate without a logarithm, and free
 * of sign if its lower bound is −∞.
 */
export interface ConstrainedProblem extends BarrierProblem {
  readonly rows: readonly Pick<ProgramRow, 'coefficients' | 'lower' | 'upper'>[];
  readonly quadratics?: readonly QuadraticConstraint[];
  readonly scenarios?: readonly ScenarioTerm[];
}

export interface InteriorPointResult {
  readonly variables: Float64Array;
  readonly iterations: number;
  /** Largest violation of the optimality system, relative to its terms. */
  readonly residual: number;
  /** Signed multipliers: positive pushes down from an upper side, negative up from a lower side. */
  readonly boundMultipliers: Float64Array;
  readonly rowMultipliers: Float64Array;
  readonly quadraticMultipliers: Float64Array;
  /** By scenario term: what each scenario weighs, and the multiplier of a limit (1 in an objective). */
  readonly scenarios: readonly { readonly weights: Float64Array; readonly price: number }[];
  /** Σ slack × multiplier: how far the objective may be from its optimum, in its own unit. */
  readonly gap: number;
}

/** ½ yᵀPy + pᵀy ≤ limit, P positive semi-definite. */
export interface QuadraticConstraint {
  readonly id: string;
  /** m×m, symmetric. */
  readonly matrix: Float64Array;
  readonly linear: Float64Array;
  readonly limit: number;
}

/** One inequality g(y) ≤ limit: a side of a bound, of a row, or a quadratic constraint. */
export interface Side {
  readonly kind: 'bound' | 'row' | 'quadratic';
  /** Number of the variable, row or quadratic constraint. */
  readonly index: number;
  /** 1 for an upper side, −1 for a lower. */
  readonly sign: 1 | -1;
  readonly limit: number;
  /** The linear part as pairs: most rows touch few variables. */
  readonly variables: Int32Array;
  readonly coefficients: Float64Array;
}

/** Every inequality of a problem besides y > 0 under a logarithm. Rows with equal bounds are equations, and no sides. */
export function sidesOf(problem: ConstrainedProblem): Side[] {
  const sides: Side[] = [];
  const add = (kind: Side['kind'], index: number, sign: 1 | -1, limit: number, linear: Float64Array | null): void => {
    const variables = linear === null ? Int32Array.of(index) : nonZero(linear);
    const coefficients = Float64Array.from(variables, (variable) => sign * (linear?.[variable] ?? 1));
    sides.push({ kind, index, sign, limit, variables, coefficients });
  };
  for (let i = 0; i < problem.size; i++) {
    const lower = problem.lower[i]!;
    if (problem.upper[i]! < Infinity) add('bound', i, 1, problem.upper[i]!, null);
    if (lower > 0 || (problem.barrier[i] === 0 && lower > -Infinity)) add('bound', i, -1, -lower, null);
  }
  problem.rows.forEach(({ lower, upper, coefficients }, row) => {
    if (lower === upper) return;
    if (upper < Infinity) add('row', row, 1, upper, coefficients);
    if (lower > -Infinity) add('row', row, -1, -lower, coefficients);
  });
  problem.quadratics?.forEach(({ linear, limit }, index) => add('quadratic', index, 1, limit, linear));
  return sides;
}

function nonZero(values: Float64Array): Int32Array {
  const found: number[] = [];
  values.forEach((value, index) => {
    if (value !== 0) found.push(index);
  });
  return Int32Array.from(found);
}

/** g(y) of a side. */
export function sideValue(problem: ConstrainedProblem, side: Side, y: Float64Array): number {
  const linear = linearValue(side, y);
  if (side.kind !== 'quadratic') return linear;
  return linear + halfForm(problem.quadratics![side.index]!.matrix, y);
}

/** The linear part of g at y. */
export function linearValue({ variables, coefficients }: Side, y: Float64Array): number {
  let total = 0;
  for (let k = 0; k < variables.length; k++) total += coefficients[k]! * y[variables[k]!]!;
  return total;
}

/** ½ yᵀPy. */
export function halfForm(matrix: Float64Array, y: Float64Array): number {
  const size = y.length;
  let total = 0;
  for (let i = 0; i < size; i++) {
    if (y[i] === 0) continue;
    let row = 0;
    for (let j = 0; j < size; j++) row += matrix[i * size + j]! * y[j]!;
    total += row * y[i]!;
  }
  return total / 2;
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
