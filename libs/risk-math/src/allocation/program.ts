import { requireFinite, requireFiniteNumber, requireLength, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Covariance } from '../model/covariance.js';
import type { AllocationProblem, GroupConstraint, WeightBound, WeightScale } from './types.js';

/**
 * An allocation problem in variables that are never negative. Every asset belongs to one variable: w_i = u_i y_v(i), with
 * u_i = ±1 for assets by themselves (the sign of a short stands in u) and fixed relative weights within a composite.
 */
export interface AllocationProgram {
  readonly covariance: Covariance;
  readonly assetIds: readonly string[];
  /** Variables, m. */
  readonly size: number;
  /** v(i). */
  readonly variableOf: Int32Array;
  /** u_i. */
  readonly units: Float64Array;
  /** UᵀΣU, m×m, per day. */
  readonly quadratic: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The constraint behind each bound; `null` for the plain y ≥ 0 and for no bound. */
  readonly lowerNames: (string | null)[];
  readonly upperNames: (string | null)[];
  readonly rows: readonly ProgramRow[];
  readonly scale: WeightScale;
  /** The linear form that `scale` fixes; `null` for volatility. */
  readonly scaleRow: Float64Array | null;
}

/** lower ≤ Σ c_v y_v ≤ upper. */
export interface ProgramRow {
  readonly groupId: string;
  readonly coefficients: Float64Array;
  readonly lower: number;
  readonly upper: number;
}

/** How assets make up variables. */
export interface Composition {
  readonly size: number;
  readonly variableOf: Int32Array;
  /** Relative weights without sign. */
  readonly relative: Float64Array;
}

/** Long only and fully invested. */
export const fullyInvested: WeightScale = { kind: 'net', value: 1 };

/** Every asset a variable by itself. */
export function singleAssets(size: number): Composition {
  const variableOf = new Int32Array(size);
  for (let index = 0; index < size; index++) variableOf[index] = index;
  return { size, variableOf, relative: new Float64Array(size).fill(1) };
}

/**
 * @throws RiskMathError `invalidInput` on missing ids, unknown or repeated assets, signs other than ±1; `infeasible` when
 *   two bounds of one asset or group cross
 */
export function createProgram(problem: AllocationProblem, composition?: Composition): AllocationProgram {
  const { covariance } = problem;
  const assetIds = covariance.ids;
  if (assetIds === undefined || assetIds.length === 0) {
    throw new RiskMathError('invalidInput', 'an allocation needs a covariance with the ids of its assets', {
      field: 'covariance',
    });
  }
  const { size, variableOf, relative } = composition ?? singleAssets(assetIds.length);
  const signs = signsOf(problem.signs, assetIds.length);
  const units = new Float64Array(assetIds.length);
  for (let index = 0; index < units.length; index++) units[index] = relative[index]! * signs[index]!;
  const scale = checkedScale(problem.scale ?? fullyInvested);
  const program = {
    covariance,
    assetIds,
    size,
    variableOf,
    units,
    quadratic: composed(covariance, variableOf, units, size, composition === undefined),
    lower: new Float64Array(size),
    upper: new Float64Array(size).fill(Infinity),
    lowerNames: new Array<string | null>(size).fill(null),
    upperNames: new Array<string | null>(size).fill(null),
    scale,
    scaleRow: scaleRowOf(scale, variableOf, units, size),
  };
  const { bounds = [], groups = [] } = problem.constraints ?? {};
  if (bounds.length + groups.length === 0) return { ...program, rows: [] };
  const indexOf = new Map(assetIds.map((id, index) => [id, index]));
  applyBounds(program, bounds, indexOf);
  return { ...program, rows: rowsOf(program, groups, indexOf) };
}

/** w_i = u_i y_v(i). */
export function expand(program: AllocationProgram, variables: Float64Array): Float64Array {
  const { units, variableOf } = program;
  const weights = new Float64Array(units.length);
  for (let asset = 0; asset < units.length; asset++) weights[asset] = units[asset]! * variables[variableOf[asset]!]!;
  return weights;
}

/** Whether weights need meet nothing but their scale and the signs. */
export function isUnconstrained({ rows, lowerNames, upperNames }: AllocationProgram): boolean {
  const isNone = (name: string | null): boolean => name === null;
  return rows.length === 0 && lowerNames.every(isNone) && upperNames.every(isNone);
}

function signsOf(signs: ArrayLike<number> | undefined, count: number): Float64Array {
  if (signs === undefined) return new Float64Array(count).fill(1);
  requireLength(signs, count, 'signs');
  return Float64Array.from({ length: count }, (_, index) => {
    const sign = signs[index]!;
    if (sign !== 1 && sign !== -1) {
      throw new RiskMathError('invalidInput', `signs[${index}] is ${sign}; a sign is 1 or −1`, { field: 'signs' });
    }
    return sign;
  });
}

function checkedScale(scale: WeightScale): WeightScale {
  if (scale.kind === 'net') {
    requireFiniteNumber(scale.value, 'scale.value');
    if (scale.value === 0) {
      throw new RiskMathError(
        'invalidInput',
        'a net exposure of 0 fixes no scale: give the gross and a group of 0 to 0',
        {
          field: 'scale',
        },
      );
    }
  }
  if (scale.kind !== 'net') requirePositive(scale.value, 'scale.value');
  return scale;
}

/** UᵀΣU; Σ itself, not copied, where every asset is a long variable by itself. */
function composed(
  covariance: Covariance,
  variableOf: Int32Array,
  units: Float64Array,
  size: number,
  single: boolean,
): Float64Array {
  const { size: assets, values } = covariance;
  if (single && units.every((unit) => unit === 1)) return values;
  const result = new Float64Array(size * size);
  for (let i = 0; i < assets; i++) {
    const row = variableOf[i]! * size;
    for (let j = 0; j < assets; j++) result[row + variableOf[j]!]! += units[i]! * units[j]! * values[i * assets + j]!;
  }
  return result;
}

function scaleRowOf(
  scale: WeightScale,
  variableOf: Int32Array,
  units: Float64Array,
  size: number,
): Float64Array | null {
  if (scale.kind === 'volatility') return null;
  const row = new Float64Array(size);
  const gross = scale.kind === 'gross';
  for (let asset = 0; asset < units.length; asset++) {
    row[variableOf[asset]!]! += gross ? Math.abs(units[asset]!) : units[asset]!;
  }
  return row;
}

type Bounded = Omit<AllocationProgram, 'rows'>;

function applyBounds(program: Bounded, bounds: readonly WeightBound[], indexOf: ReadonlyMap<string, number>): void {
  const seen = new Set<string>();
  for (const bound of bounds) {
    const asset = knownAsset(bound.assetId, indexOf, 'constraints.bounds');
    if (seen.has(bound.assetId)) {
      throw new RiskMathError('invalidInput', `${bound.assetId} has two bounds`, {
        field: 'constraints.bounds',
        ids: [bound.assetId],
      });
    }
    seen.add(bound.assetId);
    checkRange(bound.lower, bound.upper, `lowerBound:${bound.assetId}`, `upperBound:${bound.assetId}`);
    if (bound.lower !== undefined) applyBound(program, asset, bound.lower, 'lower');
    if (bound.upper !== undefined) applyBound(program, asset, bound.upper, 'upper');
  }
}

/** A bound of w_i = u_i y as one of y: the side turns round for a short. */
function applyBound(program: Bounded, asset: number, value: number, side: 'lower' | 'upper'): void {
  const unit = program.units[asset]!;
  const variable = program.variableOf[asset]!;
  const name = `${side}Bound:${program.assetIds[asset]!}`;
  if (unit === 0) {
    if (side === 'lower' ? value > 0 : value < 0) {
      throw infeasible([name, `relativeWeight:${program.assetIds[asset]!}`]);
    }
    return;
  }
  const onVariable = value / unit;
  if (unit > 0 === (side === 'lower')) {
    if (onVariable > program.lower[variable]!) {
      program.lower[variable] = onVariable;
      program.lowerNames[variable] = name;
    }
    return;
  }
  if (onVariable < 0) throw infeasible([name, `${unit > 0 ? 'long' : 'short'}:${program.assetIds[asset]!}`]);
  if (onVariable < program.upper[variable]!) {
    program.upper[variable] = onVariable;
    program.upperNames[variable] = name;
  }
}

function rowsOf(
  program: Bounded,
  groups: readonly GroupConstraint[],
  indexOf: ReadonlyMap<string, number>,
): ProgramRow[] {
  const seen = new Set<string>();
  return groups.map((group) => {
    if (seen.has(group.id)) {
      throw new RiskMathError('invalidInput', `two groups have the id ${group.id}`, { field: 'constraints.groups' });
    }
    seen.add(group.id);
    checkRange(group.lower, group.upper, `groupLower:${group.id}`, `groupUpper:${group.id}`);
    const coefficients = new Float64Array(program.size);
    for (const assetId of new Set(group.assetIds)) {
      const asset = knownAsset(assetId, indexOf, 'constraints.groups');
      coefficients[program.variableOf[asset]!]! += program.units[asset]!;
    }
    return { groupId: group.id, coefficients, lower: group.lower ?? -Infinity, upper: group.upper ?? Infinity };
  });
}

function knownAsset(assetId: string, indexOf: ReadonlyMap<string, number>, field: string): number {
  const asset = indexOf.get(assetId);
  if (asset === undefined) {
    throw new RiskMathError('invalidInput', `${assetId} is not among the assets`, { field, ids: [assetId] });
  }
  return asset;
}

function checkRange(lower: number | undefined, upper: number | undefined, lowerName: string, upperName: string): void {
  requireFinite(
    [lower, upper].filter((value) => value !== undefined),
    'constraints',
  );
  if (lower !== undefined && upper !== undefined && lower > upper) throw infeasible([lowerName, upperName]);
}

/** The failure that names a minimal set of constraints that cannot hold together. */
export function infeasible(clashing: readonly string[]): RiskMathError {
  return new RiskMathError('infeasible', `these constraints cannot hold together: ${clashing.join(', ')}`, {
    clashing,
  });
}
