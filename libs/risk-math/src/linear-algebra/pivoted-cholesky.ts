import { RiskMathError } from '../foundation/risk-math-error.js';
import { ROUNDING } from '../foundation/variance.js';

/** P A Pᵀ = L Lᵀ of a positive semi-definite matrix, cut off at its numerical rank. */
export interface PivotedCholesky {
  /** The rows in the order of their pivots; the first `rank` of them carry the matrix. */
  readonly order: Int32Array;
  readonly rank: number;
  /** n×rank row-major by original row: A = R Rᵀ up to the part cut off. Lower triangular in the order of the pivots. */
  readonly root: Float64Array;
}

/** A row whose variance given the pivots before it is below this part of its own counts as their combination. */
const DEPENDENT = 1e-11;

/**
 * Cholesky factorisation with diagonal pivoting of a symmetric positive semi-definite n×n row-major matrix. Each pivot is
 * the row that keeps most of its own variance, so that rows of very different size are treated alike.
 *
 * @throws RiskMathError `notPositiveSemiDefinite` when what is cut off is more than rounding
 */
export function pivotedCholesky(matrix: Float64Array, size: number): PivotedCholesky {
  const order = Int32Array.from({ length: size }, (_, i) => i);
  const columns: Float64Array[] = [];
  const rest = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  let rank = 0;
  while (rank < size) {
    const at = nextPivot(matrix, size, order, rest, rank);
    const row = order[at]!;
    const kept = rest[row]!;
    if (!(kept > DEPENDENT * matrix[row * size + row]!)) break;
    order[at] = order[rank]!;
    order[rank] = row;
    columns.push(eliminate(matrix, size, columns, order, rest, rank, Math.sqrt(kept)));
    rank++;
  }
  const root = new Float64Array(size * rank);
  columns.forEach((column, k) => column.forEach((value, i) => (root[i * rank + k] = value)));
  if (rank < size) requireCarried(matrix, size, root, rank);
  return { order, rank, root };
}

/**
 * That A x = R Rᵀx for an x that is in no special place: where variances are used up but covariances are not, A is not positive
 * semi-definite, and R would carry another matrix in its place.
 */
function requireCarried(matrix: Float64Array, size: number, root: Float64Array, rank: number): void {
  const probe = Float64Array.from({ length: size }, (_, i) => Math.sin(1 + i * i));
  const along = new Float64Array(rank);
  let widest = 0;
  let most = 0;
  for (let i = 0; i < size; i++) {
    const deviation = Math.sqrt(Math.abs(matrix[i * size + i]!));
    widest = Math.max(widest, deviation);
    most += Math.abs(probe[i]!) * deviation;
    for (let k = 0; k < rank; k++) along[k]! += root[i * rank + k]! * probe[i]!;
  }
  for (let i = 0; i < size; i++) {
    let left = 0;
    for (let j = 0; j < size; j++) left += matrix[i * size + j]! * probe[j]!;
    for (let k = 0; k < rank; k++) left -= root[i * rank + k]! * along[k]!;
    if (Math.abs(left) <= ROUNDING * most * widest) continue;
    throw new RiskMathError('notPositiveSemiDefinite', 'the matrix is not positive semi-definite', {
      field: 'covariance',
    });
  }
}

/** The place in `order`, from `rank` on, of the row with the largest share of its variance left. */
function nextPivot(matrix: Float64Array, size: number, order: Int32Array, rest: Float64Array, rank: number): number {
  let best = rank;
  let most = -Infinity;
  for (let at = rank; at < size; at++) {
    const row = order[at]!;
    const own = matrix[row * size + row]!;
    const share = own > 0 ? rest[row]! / own : -1;
    if (share > most) {
      most = share;
      best = at;
    }
  }
  return best;
}

function eliminate(
  matrix: Float64Array,
  size: number,
  columns: readonly Float64Array[],
  order: Int32Array,
  rest: Float64Array,
  rank: number,
  pivot: number,
): Float64Array {
  const row = order[rank]!;
  const column = new Float64Array(size);
  column[row] = pivot;
  for (let at = rank + 1; at < size; at++) {
    const other = order[at]!;
    let total = matrix[other * size + row]!;
    for (const before of columns) total -= before[other]! * before[row]!;
    column[other] = total / pivot;
    rest[other] = Math.max(0, rest[other]! - column[other]! ** 2);
  }
  return column;
}

/**
 * Solves A x = b on the pivots of `factor`; x is 0 on the rows that depend on them. Exact where b is in the range of A.
 */
export function solvePivoted({ order, rank, root }: PivotedCholesky, right: Float64Array): Float64Array {
  const solution = new Float64Array(right.length);
  const forward = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    const row = order[k]! * rank;
    let total = right[order[k]!]!;
    for (let j = 0; j < k; j++) total -= root[row + j]! * forward[j]!;
    forward[k] = total / root[row + k]!;
  }
  for (let k = rank - 1; k >= 0; k--) {
    let total = forward[k]!;
    for (let j = k + 1; j < rank; j++) total -= root[order[j]! * rank + k]! * solution[order[j]!]!;
    solution[order[k]!] = total / root[order[k]! * rank + k]!;
  }
  return solution;
}
