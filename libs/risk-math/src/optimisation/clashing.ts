import { contradiction } from '../allocation/phase-one.js';
import { infeasible } from '../allocation/program.js';
import { solveInterior } from '../allocation/interior-point.js';
import { sideValue, sidesOf } from '../allocation/constrained-problem.js';
import { type PortfolioProgram, constrainedProblem } from './portfolio-program.js';
import { shortfallAt, withShortfalls } from './shortfall-terms.js';

interface Clause {
  readonly name: string;
  readonly kind: 'lower' | 'upper' | 'rowLower' | 'rowUpper' | 'quadratic' | 'shortfall';
  readonly index: number;
}

/** A quadratic constraint missed by less than this, relative to its size, is met. */
const MET = 1e-9;

/**
 * Refuses constraints that no weights satisfy. Constraints are left out one by one for as long as the others still clash;
 * what remains is minimal: without any one of them the rest can hold. An asset without a bound of its own stays at 0 or more.
 *
 * @throws RiskMathError `infeasible` with `details.clashing`
 */
export function requirePossible(program: PortfolioProgram): void {
  const all = clausesOf(program);
  if (possible(program, all)) return;
  let kept = all;
  for (const candidate of all) {
    const without = kept.filter((clause) => clause !== candidate);
    if (!possible(program, without)) kept = without;
  }
  throw infeasible([...new Set(kept.map(({ name }) => name))].filter((name) => !name.startsWith('trade:')));
}

/** Whether some weights satisfy all constraints. */
export function isPossible(program: PortfolioProgram): boolean {
  return possible(program, clausesOf(program));
}

function clausesOf(program: PortfolioProgram): Clause[] {
  const clauses: Clause[] = [];
  program.assetIds.forEach((id, index) => {
    clauses.push({ name: `lowerBound:${id}`, kind: 'lower', index });
    if (program.upper[index]! < Infinity) clauses.push({ name: `upperBound:${id}`, kind: 'upper', index });
  });
  program.rows.forEach(({ lowerName, upperName, lower, upper }, index) => {
    if (lower > -Infinity) clauses.push({ name: lowerName, kind: 'rowLower', index });
    if (upper < Infinity) clauses.push({ name: upperName, kind: 'rowUpper', index });
  });
  program.quadratics.forEach(({ id }, index) => clauses.push({ name: id, kind: 'quadratic', index }));
  program.shortfalls.forEach(({ id }, index) => clauses.push({ name: id, kind: 'shortfall', index }));
  return clauses;
}

function possible(program: PortfolioProgram, clauses: readonly Clause[]): boolean {
  const reduced = programOf(program, clauses);
  if (contradiction(withFreeSplit(reduced)) !== null) return false;
  return quadraticsCanHold(reduced) && shortfallsCanHold(reduced);
}

/** Whether the quadratic constraints can hold, each beside those before it, by the least value that each can have. */
function quadraticsCanHold(program: PortfolioProgram): boolean {
  const { size, assets } = program;
  return program.quadratics.every((quadratic, at) => {
    const earlier = { ...program, quadratics: program.quadratics.slice(0, at) };
    const matrix = quadratic.matrix.slice();
    let typical = 0;
    for (let i = 0; i < assets; i++) typical += matrix[i * size + i]! / assets;
    // Sizes of trades are free upwards: a curvature of their own keeps them from running away. A hair for directions without any.
    for (let i = 0; i < size; i++) matrix[i * size + i]! += typical * (i < assets ? 1e-11 : 1);
    const problem = constrainedProblem(earlier, matrix, quadratic.linear);
    const { variables } = solveInterior(problem, new Float64Array(program.size).fill(1 / program.assets));
    const side = sidesOf({ ...problem, quadratics: [quadratic] }).find(({ kind }) => kind === 'quadratic')!;
    const value = sideValue({ ...problem, quadratics: [quadratic] }, side, variables);
    return value <= quadratic.limit + MET * Math.max(Math.abs(quadratic.limit), Math.abs(value));
  });
}

/** Whether weights of 0, which have no shortfall, satisfy all constraints; the interior-point method has no relative measure there. */
function holdsNothing({ lower, upper, rows, quadratics, shortfalls }: PortfolioProgram): boolean {
  return (
    lower.every((bound) => bound <= 0) &&
    upper.every((bound) => bound >= 0) &&
    rows.every((row) => row.lower <= 0 && row.upper >= 0) &&
    [...quadratics, ...shortfalls].every(({ limit }) => limit >= 0)
  );
}

/** Whether the limits on expected shortfall can hold, each beside all others before it, by the least shortfall. */
function shortfallsCanHold(program: PortfolioProgram): boolean {
  const { size, assets } = program;
  if (holdsNothing(program)) return true;
  return program.shortfalls.every((shortfall, at) => {
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) matrix[i * size + i] = i < assets ? 1e-12 : 1;
    const problem = constrainedProblem(program, matrix, new Float64Array(size));
    const start = new Float64Array(size).fill(1 / assets);
    const { limit, ...measure } = shortfall;
    const whole = withShortfalls(problem, start, program.shortfalls.slice(0, at), { ...measure, weight: 1 });
    const least = shortfallAt(measure, solveInterior(whole.problem, whole.start).variables);
    return least <= limit + MET * Math.max(Math.abs(limit), measure.unit);
  });
}

/** The program with these constraints only. */
function programOf(program: PortfolioProgram, clauses: readonly Clause[]): PortfolioProgram {
  const lower = program.lower.map((bound, i) => (i < program.assets ? -Infinity : bound));
  const upper = new Float64Array(program.size).fill(Infinity);
  const rows = program.rows.map((row) => ({ ...row, lower: -Infinity, upper: Infinity }));
  const quadratics = clauses.flatMap(({ kind, index }) => (kind === 'quadratic' ? [program.quadratics[index]!] : []));
  const shortfalls = clauses.flatMap(({ kind, index }) => (kind === 'shortfall' ? [program.shortfalls[index]!] : []));
  for (const { kind, index } of clauses) {
    if (kind === 'lower') lower[index] = program.lower[index]!;
    else if (kind === 'upper') upper[index] = program.upper[index]!;
    else if (kind === 'rowLower') rows[index]!.lower = program.rows[index]!.lower;
    else if (kind === 'rowUpper') rows[index]!.upper = program.rows[index]!.upper;
  }
  return {
    ...program,
    lower,
    upper,
    rows: rows.filter((row) => row.lower > -Infinity || row.upper < Infinity),
    quadratics,
    shortfalls,
  };
}

/** A variable without any bound as the difference of two that are not negative. */
function withFreeSplit({ lower, upper, rows, size }: PortfolioProgram): Parameters<typeof contradiction>[0] {
  const free = Array.from({ length: size }, (_, i) => i).filter((i) => lower[i] === -Infinity && upper[i] === Infinity);
  const isFree = new Set(free);
  return {
    lower: Float64Array.from([...lower.map((bound, i) => (isFree.has(i) ? 0 : bound)), ...free.map(() => 0)]),
    upper: Float64Array.from([...upper, ...free.map(() => Infinity)]),
    rows: rows.map((row) => ({
      lower: row.lower,
      upper: row.upper,
      coefficients: Float64Array.from([...row.coefficients, ...free.map((i) => -row.coefficients[i]!)]),
    })),
  };
}
