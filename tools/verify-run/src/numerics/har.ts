/** Days of the three means that a forecast rests on. */
const lags = [1, 5, 22] as const;
const longest = 22;

/** Constant first, then a slope for each mean. */
export type HarNumbers = readonly number[];

/**
 * Least squares of the mean square over the next days on a constant and the means over the last 1, 5 and 22 days, by the orthogonal
 * columns of Gram and Schmidt, made orthogonal twice.
 *
 * @param squares daily, oldest first
 * @returns undefined where there are too few days, or they do not vary
 */
export function harCoefficients(squares: readonly number[], horizonDays: number): HarNumbers | undefined {
  if (squares.length < longest + horizonDays + 2 * (lags.length + 1)) return undefined;
  const size = mean(squares);
  if (!(size > 0)) return undefined;
  const rows: number[][] = [];
  const targets: number[] = [];
  for (let next = longest; next + horizonDays <= squares.length; next++) {
    rows.push(means(squares, next).map((value, j) => (j === 0 ? 1 : value / size)));
    targets.push(mean(squares.slice(next, next + horizonDays)) / size);
  }
  return leastSquares(rows, targets)?.map((value, j) => (j === 0 ? value * size : value));
}

/** The variance over the next days; never below that of the quietest month, see {@link quietestMonth}. */
export function harSum(
  squares: readonly number[],
  coefficients: HarNumbers,
  horizonDays: number,
  least = quietestMonth(squares),
): number {
  const last = means(squares, squares.length);
  const predicted = last.reduce((total, value, j) => total + value * (coefficients[j] ?? NaN), 0);
  return horizonDays * Math.max(predicted, least);
}

/** The smallest mean over 22 days in a row, but for months without any move. */
export function quietestMonth(squares: readonly number[]): number {
  const size = mean(squares);
  let least = size;
  for (let end = longest; end <= squares.length; end++) {
    let total = 0;
    for (let t = end - longest; t < end; t++) total += squares[t] ?? NaN;
    if (total > 1e-12 * longest * size) least = Math.min(least, total / longest);
  }
  return least;
}

/** A one and the means over the last days before a place. */
function means(squares: readonly number[], before: number): number[] {
  return [1, ...lags.map((lag) => mean(squares.slice(before - lag, before)))];
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function leastSquares(rows: readonly (readonly number[])[], targets: readonly number[]): number[] | undefined {
  const count = rows[0]?.length ?? 0;
  const columns: number[][] = [];
  const upper: number[][] = [];
  for (let j = 0; j < count; j++) {
    const column = rows.map((row) => row[j] ?? 0);
    const size = norm(column);
    const factors = new Array<number>(count).fill(0);
    for (let pass = 0; pass < 2; pass++) {
      for (const [k, other] of columns.entries()) {
        const along = dot(other, column);
        factors[k] = (factors[k] ?? 0) + along;
        for (let t = 0; t < column.length; t++) column[t] = (column[t] ?? 0) - along * (other[t] ?? 0);
      }
    }
    const rest = norm(column);
    if (!(rest > 1e-12 * size)) return undefined;
    factors[j] = rest;
    upper.push(factors);
    columns.push(column.map((value) => value / rest));
  }
  const left = [...targets];
  const projections = columns.map((column) => {
    const along = dot(column, left);
    for (let t = 0; t < left.length; t++) left[t] = (left[t] ?? 0) - along * (column[t] ?? 0);
    return along;
  });
  const solution = new Array<number>(count).fill(0);
  for (let j = count - 1; j >= 0; j--) {
    let value = projections[j] ?? 0;
    for (let k = j + 1; k < count; k++) value -= (upper[k]?.[j] ?? 0) * (solution[k] ?? 0);
    solution[j] = value / (upper[j]?.[j] ?? NaN);
  }
  return solution;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, t) => total + value * (b[t] ?? 0), 0);
}

function norm(values: readonly number[]): number {
  return Math.sqrt(dot(values, values));
}
