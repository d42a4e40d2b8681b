import { type LinearSystem, contradiction } from './phase-one.js';
import { type AllocationProgram, infeasible, isUnconstrained } from './program.js';

/** One side of a bound or row, or the scale, by name. */
interface NamedConstraint {
  readonly name: string;
  readonly kind: 'lower' | 'upper' | 'rowLower' | 'rowUpper' | 'scale' | 'zeroBudget';
  readonly index: number;
}

/**
 * Refuses constraints that no weights satisfy.
 *
 * The certificate of the first phase of the simplex method names some constraints that contradict each other; those that
 * can be left out of the contradiction are deleted one by one, so that what remains is minimal: without any one of them the
 * rest can hold.
 *
 * @param zeroBudget variables whose budget, and so whose weight, is 0
 * @throws RiskMathError `infeasible` with `details.clashing`
 */
export function requireFeasible(program: AllocationProgram, zeroBudget: readonly number[] = []): void {
  if (zeroBudget.length === 0 && isUnconstrained(program) && reaches(program)) return;
  const all = constraintsOf(program, zeroBudget);
  const involved = contradicting(program, all);
  if (involved === null) return;
  let kept = involved;
  for (const candidate of involved) {
    const without = kept.filter((constraint) => constraint !== candidate);
    const rest = contradicting(program, without);
    if (rest !== null) kept = kept.filter((constraint) => constraint !== candidate && rest.includes(constraint));
  }
  throw infeasible(kept.map(({ name }) => name));
}

/** Whether some variable's weight has the sign of the scale. */
function reaches({ scale, scaleRow }: AllocationProgram): boolean {
  return scaleRow === null || scaleRow.some((coefficient) => coefficient * scale.value > 0);
}

function constraintsOf(program: AllocationProgram, zeroBudget: readonly number[]): NamedConstraint[] {
  const constraints: NamedConstraint[] = [];
  if (program.scaleRow !== null) constraints.push({ name: program.scale.kind, kind: 'scale', index: 0 });
  program.rows.forEach((row, index) => {
    if (row.lower > -Infinity) constraints.push({ name: `groupLower:${row.groupId}`, kind: 'rowLower', index });
    if (row.upper < Infinity) constraints.push({ name: `groupUpper:${row.groupId}`, kind: 'rowUpper', index });
  });
  program.lowerNames.forEach((name, index) => {
    if (name !== null) constraints.push({ name, kind: 'lower', index });
  });
  program.upperNames.forEach((name, index) => {
    if (name !== null) constraints.push({ name, kind: 'upper', index });
  });
  for (const index of zeroBudget) {
    const asset = program.variableOf.indexOf(index);
    constraints.push({ name: `zeroBudget:${program.assetIds[asset] ?? index}`, kind: 'zeroBudget', index });
  }
  return constraints;
}

/** `null` when the constraints can all hold, else some of them that cannot. */
function contradicting(program: AllocationProgram, constraints: readonly NamedConstraint[]): NamedConstraint[] | null {
  const lower = new Float64Array(program.size);
  const upper = new Float64Array(program.size).fill(Infinity);
  const rowBounds = program.rows.map(() => ({ lower: -Infinity, upper: Infinity }));
  const scaleRows: LinearSystem['rows'][number][] = [];
  const crossing = new Map<number, NamedConstraint>();
  for (const constraint of constraints) {
    const { kind, index } = constraint;
    if (kind === 'lower') {
      lower[index] = program.lower[index]!;
      crossing.set(index, constraint);
    } else if (kind === 'upper') upper[index] = Math.min(upper[index]!, program.upper[index]!);
    else if (kind === 'zeroBudget') upper[index] = 0;
    else if (kind === 'rowLower') rowBounds[index]!.lower = program.rows[index]!.lower;
    else if (kind === 'rowUpper') rowBounds[index]!.upper = program.rows[index]!.upper;
    else {
      const { value } = program.scale;
      scaleRows.push({ coefficients: program.scaleRow!, lower: value, upper: value });
    }
  }
  for (const [index, constraint] of crossing) {
    if (lower[index]! <= upper[index]!) continue;
    return [constraint, ...constraints.filter((other) => other.index === index && isUpper(other))];
  }
  const used = rowBounds.flatMap((bounds, index) =>
    bounds.lower > -Infinity || bounds.upper < Infinity ? [index] : [],
  );
  const rows = [...used.map((index) => ({ ...program.rows[index]!, ...rowBounds[index]! })), ...scaleRows];
  const certificate = contradiction({ lower, upper, rows });
  if (certificate === null) return null;
  const rowsNamed = new Set([...certificate.rowLowers, ...certificate.rowUppers].map((row) => used[row] ?? -1));
  return constraints.filter(({ kind, index }) => {
    if (kind === 'lower') return certificate.lowerBounds.includes(index);
    if (kind === 'upper' || kind === 'zeroBudget')
      return certificate.upperBounds.includes(index) || lower[index] === upper[index];
    return kind === 'scale' || rowsNamed.has(index);
  });
}

function isUpper({ kind }: NamedConstraint): boolean {
  return kind === 'upper' || kind === 'zeroBudget';
}
