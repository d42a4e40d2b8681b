import { RiskMathError } from '../foundation/risk-math-error.js';

/** The fits of several right-hand sides on one design. */
export interface LeastSquaresFit {
  /** p×m row-major: a column of coefficients for each right-hand side. */
  readonly coefficients: Float64Array;
  /** Σ of squared residuals by right-hand side. */
  readonly residualSquares: Float64Array;
  /** Diagonal of (XᵀX)⁻¹. */
  readonly inverseDiagonal: Float64Array;
}

/** A column of the design that keeps less of its length than this after the others are taken out counts as dependent. */
const DEPENDENT = 1e-10;

/**
 * Least squares by Householder QR of the design.
 *
 * @param design N×p row-major; changed
 * @param targets N×m row-major; changed
 * @throws RiskMathError `outOfDomain` when the columns of the design depend on each other
 */
export function leastSquares(
  design: Float64Array,
  targets: Float64Array,
  rows: number,
  columns: number,
  targetCount: number,
): LeastSquaresFit {
  const diagonal = triangularise(design, targets, rows, columns, targetCount);
  const coefficients = new Float64Array(columns * targetCount);
  for (let target = 0; target < targetCount; target++) {
    for (let i = columns - 1; i >= 0; i--) {
      let total = targets[i * targetCount + target]!;
      for (let j = i + 1; j < columns; j++) total -= design[i * columns + j]! * coefficients[j * targetCount + target]!;
      coefficients[i * targetCount + target] = total / diagonal[i]!;
    }
  }
  const residualSquares = new Float64Array(targetCount);
  for (let row = columns; row < rows; row++) {
    for (let target = 0; target < targetCount; target++) {
      const rest = targets[row * targetCount + target]!;
      residualSquares[target]! += rest * rest;
    }
  }
  return { coefficients, residualSquares, inverseDiagonal: inverseDiagonal(design, diagonal, columns) };
}

/** Applies the reflections to design and targets; @returns the diagonal of R, whose rest stays above the design's diagonal */
function triangularise(
  design: Float64Array,
  targets: Float64Array,
  rows: number,
  columns: number,
  targetCount: number,
): Float64Array {
  const diagonal = new Float64Array(columns);
  const reflector = new Float64Array(rows);
  for (let k = 0; k < columns; k++) {
    const whole = columnNorm(design, rows, columns, k, 0);
    const rest = columnNorm(design, rows, columns, k, k);
    if (!(rest > DEPENDENT * whole)) {
      throw new RiskMathError('outOfDomain', `column ${k} of the regressors depends on those before it`, {
        field: 'factors',
        ids: [String(k)],
      });
    }
    const first = design[k * columns + k]!;
    const alpha = first > 0 ? -rest : rest;
    let squares = 0;
    for (let row = k; row < rows; row++) {
      reflector[row] = design[row * columns + k]! - (row === k ? alpha : 0);
      squares += reflector[row]! * reflector[row]!;
    }
    reflect(design, reflector, squares, rows, columns, k, k + 1);
    reflect(targets, reflector, squares, rows, targetCount, k, 0);
    diagonal[k] = alpha;
  }
  return diagonal;
}

function columnNorm(matrix: Float64Array, rows: number, columns: number, column: number, from: number): number {
  let squares = 0;
  for (let row = from; row < rows; row++) squares += matrix[row * columns + column]! ** 2;
  return Math.sqrt(squares);
}

function reflect(
  matrix: Float64Array,
  reflector: Float64Array,
  squares: number,
  rows: number,
  columns: number,
  firstRow: number,
  firstColumn: number,
): void {
  for (let column = firstColumn; column < columns; column++) {
    let product = 0;
    for (let row = firstRow; row < rows; row++) product += reflector[row]! * matrix[row * columns + column]!;
    const scale = (2 * product) / squares;
    for (let row = firstRow; row < rows; row++) matrix[row * columns + column]! -= scale * reflector[row]!;
  }
}

/** Row norms of R⁻¹, squared. */
function inverseDiagonal(upper: Float64Array, diagonal: Float64Array, columns: number): Float64Array {
  const result = new Float64Array(columns);
  for (let unit = 0; unit < columns; unit++) {
    const solution = new Float64Array(columns);
    for (let i = unit; i >= 0; i--) {
      let total = i === unit ? 1 : 0;
      for (let j = i + 1; j <= unit; j++) total -= upper[i * columns + j]! * solution[j]!;
      solution[i] = total / diagonal[i]!;
    }
    for (let i = 0; i <= unit; i++) result[i]! += solution[i]! ** 2;
  }
  return result;
}
