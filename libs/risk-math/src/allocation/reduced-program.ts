import { ANNUALISATION } from '../foundation/conventions.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import { type BarrierProblem, rowTimes } from './coordinate-descent.js';
import type { AllocationProgram, ProgramRow } from './program.js';
import type { ProgramOutcome } from './solution.js';

/** A constraint violated by less than this, relative to the scale, is met. */
const SLACK = 1e-12;

/** The program of the variables with a budget, its quadratic form scaled to a mean variance of 1. */
export interface ReducedProgram extends BarrierProblem {
  readonly program: AllocationProgram;
  /** What the quadratic form was divided by. */
  readonly unit: number;
  readonly rows: readonly ProgramRow[];
  readonly scaleRow: Float64Array | null;
  /** Names of the bounds, `null` for none. */
  readonly lowerNames: readonly (string | null)[];
  readonly upperNames: readonly (string | null)[];
  readonly target: number;
  readonly bounded: boolean;
}

/** Leaves out the variables without a budget. @throws RiskMathError `outOfDomain` when one with a budget has no variance */
export function reduce(
  program: AllocationProgram,
  active: readonly number[],
  budgets: Float64Array,
  linear: Float64Array | null,
): ReducedProgram {
  const size = active.length;
  const pick = (values: Float64Array): Float64Array => Float64Array.from(active, (index) => values[index]!);
  let unit = 0;
  active.forEach((from) => {
    const variance = program.quadratic[from * program.size + from]!;
    if (!(variance > 0)) {
      const asset = program.assetIds[program.variableOf.indexOf(from)] ?? String(from);
      throw new RiskMathError('outOfDomain', `${asset} has a budget but no variance`, { ids: [asset] });
    }
    unit += variance / size;
  });
  const quadratic = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = active[i]! * program.size;
    for (let j = 0; j < size; j++) quadratic[i * size + j] = program.quadratic[row + active[j]!]! / unit;
  }
  const upper = pick(program.upper);
  const lower = pick(program.lower);
  const { scale } = program;
  return {
    program,
    size,
    unit,
    quadratic,
    linear: linear === null ? new Float64Array(size) : pick(linear).map((value) => value / unit),
    barrier: pick(budgets),
    lower,
    upper,
    lowerNames: active.map((index) => program.lowerNames[index] ?? null),
    upperNames: active.map((index) => program.upperNames[index] ?? null),
    rows: program.rows.map((row) => ({ ...row, coefficients: pick(row.coefficients) })),
    scaleRow: program.scaleRow === null ? null : pick(program.scaleRow),
    target: scale.kind === 'volatility' ? scale.value / (ANNUALISATION * Math.sqrt(unit)) : scale.value,
    bounded: upper.some(Number.isFinite) || lower.some((bound) => bound > 0),
  };
}

/** The outcome of a reduced program in the variables of the whole. */
export function restore(
  program: AllocationProgram,
  active: readonly number[],
  outcome: ProgramOutcome,
): ProgramOutcome {
  const scatter = (values: Float64Array): Float64Array => {
    const result = new Float64Array(program.size);
    active.forEach((variable, at) => (result[variable] = values[at]!));
    return result;
  };
  const variables = scatter(outcome.variables);
  const { multipliers } = outcome;
  if (multipliers === undefined) return { ...outcome, variables };
  return { ...outcome, variables, multipliers: { ...multipliers, bounds: scatter(multipliers.bounds) } };
}

/** What the scale fixes: net, gross or √(yᵀQy). */
export function scaleOf({ scaleRow, quadratic }: ReducedProgram, y: Float64Array): number {
  return scaleRow === null ? Math.sqrt(form(quadratic, y)) : inner(scaleRow, y);
}

/** Whether no constraint is in the way. */
export function meets(reduced: ReducedProgram, y: Float64Array): boolean {
  const tolerance = SLACK * Math.abs(reduced.target);
  for (let i = 0; i < reduced.size; i++) {
    if (y[i]! < reduced.lower[i]! - tolerance || y[i]! > reduced.upper[i]! + tolerance) return false;
  }
  return reduced.rows.every(({ coefficients, lower, upper }) => {
    const value = inner(coefficients, y);
    return value >= lower - tolerance && value <= upper + tolerance;
  });
}

/** Largest |share − budget|, shares of the risk that the positions take. */
export function shareResidual(reduced: ReducedProgram, y: Float64Array): number {
  const contributions = y.map((value, i) => value * marginal(reduced, i, y));
  const total = contributions.reduce((sum, value) => sum + value, 0);
  return contributions.reduce((worst, value, i) => Math.max(worst, Math.abs(value / total - reduced.barrier[i]!)), 0);
}

/** (Qy + q)_i. */
export function marginal({ quadratic, linear, size }: ReducedProgram, i: number, y: Float64Array): number {
  return linear[i]! + rowTimes(quadratic, i * size, y, size);
}

/** yᵀ(Qy + q): the risk the positions take; their variance when there is no benchmark. */
export function taken(reduced: ReducedProgram, y: Float64Array): number {
  let total = 0;
  for (let i = 0; i < reduced.size; i++) total += y[i]! * marginal(reduced, i, y);
  return total;
}

/** yᵀQy. @throws RiskMathError `notPositiveSemiDefinite` when it is negative beyond rounding */
export function form(matrix: Float64Array, y: Float64Array): number {
  const size = y.length;
  let total = 0;
  for (let i = 0; i < size; i++) total += y[i]! * rowTimes(matrix, i * size, y, size);
  return notNegative(total, () => variancePossible(y, matrix, size + 1));
}

export function inner(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
