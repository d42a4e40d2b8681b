/** A system of linear constraints on bounded variables. */
export interface LinearSystem {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Σ c_j x_j within [lower, upper]; equal bounds make an equation. */
  readonly rows: readonly { readonly coefficients: Float64Array; readonly lower: number; readonly upper: number }[];
}

/** The constraints of a certificate that a system has no solution. */
export interface Certificate {
  readonly lowerBounds: readonly number[];
  readonly upperBounds: readonly number[];
  readonly rowLowers: readonly number[];
  readonly rowUppers: readonly number[];
}

const PIVOT = 1e-11;
/** Infeasibility below this, relative to the rows' size, is rounding. */
const FEASIBLE = 1e-10;

/**
 * Whether a system of linear constraints has a solution: the first phase of the simplex method with bounded variables and
 * Bland's rule, so that it ends. Each row gets a bounded slack and an artificial variable, whose sum is minimised; if some
 * is left, the constraints with a multiplier in the final basis contradict each other.
 *
 * @returns `null` when there is a solution, else a certificate
 */
export function contradiction(system: LinearSystem): Certificate | null {
  const state = start(system);
  for (;;) {
    const entering = chooseEntering(state);
    if (entering < 0) break;
    step(state, entering);
  }
  return leftover(state) > FEASIBLE * state.size ? certificate(state, system) : null;
}

interface State {
  readonly rows: number;
  readonly columns: number;
  /** B⁻¹A, rows×columns. */
  readonly tableau: Float64Array;
  /** Reduced costs. */
  readonly costs: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly value: Float64Array;
  /** 0 basic, 1 at its lower bound, 2 at its upper bound. */
  readonly place: Uint8Array;
  /** The column basic in each row; −1 for the row's artificial variable. */
  readonly basis: Int32Array;
  readonly basicValue: Float64Array;
  readonly size: number;
}

function start(system: LinearSystem): State {
  const structural = system.lower.length;
  const rows = system.rows.length;
  const columns = structural + rows;
  const lower = new Float64Array(columns);
  const upper = new Float64Array(columns);
  lower.set(system.lower);
  upper.set(system.upper);
  system.rows.forEach((row, index) => {
    lower[structural + index] = row.lower;
    upper[structural + index] = row.upper;
  });
  const place = new Uint8Array(columns);
  const value = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    const atLower = Number.isFinite(lower[j]!) && !(Math.abs(upper[j]!) < Math.abs(lower[j]!));
    place[j] = atLower ? 1 : 2;
    value[j] = atLower ? lower[j]! : upper[j]!;
  }
  const tableau = new Float64Array(rows * columns);
  const costs = new Float64Array(columns);
  const basicValue = new Float64Array(rows);
  let size = 1;
  system.rows.forEach((row, index) => {
    let residual = 0;
    for (let j = 0; j < structural; j++) residual -= row.coefficients[j]! * value[j]!;
    residual += value[structural + index]!;
    const sign = residual < 0 ? -1 : 1;
    for (let j = 0; j < structural; j++) tableau[index * columns + j] = sign * row.coefficients[j]!;
    tableau[index * columns + structural + index] = -sign;
    for (let j = 0; j < columns; j++) costs[j]! -= tableau[index * columns + j]!;
    basicValue[index] = Math.abs(residual);
    size = Math.max(size, Math.abs(residual));
  });
  return {
    rows,
    columns,
    tableau,
    costs,
    lower,
    upper,
    value,
    place,
    basis: new Int32Array(rows).fill(-1),
    basicValue,
    size,
  };
}

/** Bland: the first column that lowers the sum of artificials. */
function chooseEntering({ columns, costs, place, lower, upper }: State): number {
  for (let j = 0; j < columns; j++) {
    if (place[j] === 0 || lower[j] === upper[j]) continue;
    if (place[j] === 1 ? costs[j]! < -PIVOT : costs[j]! > PIVOT) return j;
  }
  return -1;
}

/** Moves a column from its bound until it meets its other bound or a basic variable meets one of its own. */
function step(state: State, entering: number): void {
  const { rows, columns, tableau, lower, upper, basis, basicValue, place, value } = state;
  const direction = place[entering] === 1 ? 1 : -1;
  let length = upper[entering]! - lower[entering]!;
  let leaving = -1;
  let toUpper = false;
  for (let row = 0; row < rows; row++) {
    const change = -direction * tableau[row * columns + entering]!;
    if (Math.abs(change) <= PIVOT) continue;
    const column = basis[row]!;
    const low = column < 0 ? 0 : lower[column]!;
    const high = column < 0 ? Infinity : upper[column]!;
    const reach = Math.max(0, ((change < 0 ? low : high) - basicValue[row]!) / change);
    if (reach < length || (reach === length && leaving >= 0 && column < basis[leaving]!)) {
      length = reach;
      leaving = row;
      toUpper = change > 0;
    }
  }
  for (let row = 0; row < rows; row++) {
    basicValue[row]! -= direction * length * tableau[row * columns + entering]!;
  }
  if (leaving < 0) {
    place[entering] = place[entering] === 1 ? 2 : 1;
    value[entering] = place[entering] === 1 ? lower[entering]! : upper[entering]!;
    return;
  }
  const left = basis[leaving]!;
  if (left >= 0) {
    place[left] = toUpper ? 2 : 1;
    value[left] = toUpper ? upper[left]! : lower[left]!;
  }
  basicValue[leaving] = value[entering]! + direction * length;
  place[entering] = 0;
  basis[leaving] = entering;
  pivot(state, leaving, entering);
}

function pivot(state: State, pivotRow: number, entering: number): void {
  const { rows, columns, tableau, costs } = state;
  const offset = pivotRow * columns;
  const element = tableau[offset + entering]!;
  for (let j = 0; j < columns; j++) tableau[offset + j]! /= element;
  for (let row = 0; row < rows; row++) {
    if (row === pivotRow) continue;
    const factor = tableau[row * columns + entering]!;
    if (factor === 0) continue;
    for (let j = 0; j < columns; j++) tableau[row * columns + j]! -= factor * tableau[offset + j]!;
  }
  const factor = costs[entering]!;
  for (let j = 0; j < columns; j++) costs[j]! -= factor * tableau[offset + j]!;
}

function leftover({ rows, basis, basicValue }: State): number {
  let total = 0;
  for (let row = 0; row < rows; row++) if (basis[row] === -1) total += basicValue[row]!;
  return total;
}

function certificate(state: State, system: LinearSystem): Certificate {
  const structural = system.lower.length;
  const result = {
    lowerBounds: [] as number[],
    upperBounds: [] as number[],
    rowLowers: [] as number[],
    rowUppers: [] as number[],
  };
  for (let j = 0; j < state.columns; j++) {
    if (state.place[j] === 0 || Math.abs(state.costs[j]!) <= PIVOT) continue;
    const lowerSide = state.costs[j]! > 0;
    if (j < structural) (lowerSide ? result.lowerBounds : result.upperBounds).push(j);
    else (lowerSide ? result.rowLowers : result.rowUppers).push(j - structural);
  }
  return result;
}
