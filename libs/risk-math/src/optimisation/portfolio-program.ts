import type { ConstrainedProblem } from '../allocation/constrained-problem.js';
import { infeasible } from '../allocation/program.js';
import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Covariance } from '../model/covariance.js';
import { type Ball, quadraticsOf } from './balls.js';
import { type ShortfallLimit, shortfallsOf } from './shortfall-terms.js';
import type { OptimisationProblem, PortfolioConstraints, TradingCosts } from './types.js';

/** A row with the names of its sides. */
export interface NamedRow {
  readonly lowerName: string;
  readonly upperName: string;
  readonly coefficients: Float64Array;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The constraints of an optimisation on its variables: the weights, and after them, where turnover is limited or costs
 * money, the size dᵢ ≥ |wᵢ − fromᵢ| of each trade.
 */
export interface PortfolioProgram {
  readonly covariance: Covariance;
  readonly assetIds: readonly string[];
  /** Assets, n. */
  readonly assets: number;
  /** Variables: n or 2n. */
  readonly size: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly NamedRow[];
  readonly quadratics: readonly Ball[];
  readonly shortfalls: readonly ShortfallLimit[];
}

/**
 * @throws RiskMathError `invalidInput` on unknown or repeated assets and numbers that are not finite; `infeasible` when two
 *   sides of one constraint cross
 */
export function createPortfolioProgram(problem: OptimisationProblem, costs?: TradingCosts): PortfolioProgram {
  const { covariance, constraints = {} } = problem;
  const assetIds = covariance.ids;
  if (assetIds === undefined || assetIds.length === 0) {
    throw new RiskMathError('invalidInput', 'an optimisation needs a covariance with the ids of its assets', {
      field: 'covariance',
    });
  }
  const assets = assetIds.length;
  const from = tradesFrom(constraints, costs, assets);
  const size = from === null ? assets : 2 * assets;
  const lower = new Float64Array(size);
  const upper = new Float64Array(size).fill(Infinity);
  const indexOf = new Map(assetIds.map((id, index) => [id, index]));
  applyBounds(constraints, indexOf, lower, upper);
  const rows = [
    ...netRow(constraints, assets, size),
    ...groupRows(constraints, indexOf, size),
    ...linearRows(constraints, assets, size),
    ...(from === null ? [] : tradeRows(from, constraints.turnover?.limit, assetIds)),
  ];
  const quadratics = quadraticsOf(problem, size);
  return { covariance, assetIds, assets, size, lower, upper, rows, quadratics, shortfalls: shortfallsOf(problem) };
}

/** The weights that trades start from: those of the turnover limit and of the costs, which must be the same. */
function tradesFrom(
  { turnover }: PortfolioConstraints,
  costs: TradingCosts | undefined,
  assets: number,
): Float64Array | null {
  if (turnover !== undefined) {
    requireLength(turnover.from, assets, 'constraints.turnover.from');
    requireFinite(turnover.from, 'constraints.turnover.from');
    if (!(turnover.limit >= 0 && Number.isFinite(turnover.limit))) {
      throw new RiskMathError('invalidInput', 'a turnover limit is a finite number of at least 0', {
        field: 'constraints.turnover.limit',
      });
    }
  }
  if (costs?.linear !== undefined && turnover !== undefined && costs.from.some((w, i) => w !== turnover.from[i])) {
    throw new RiskMathError('invalidInput', 'costs and the turnover limit start from different weights', {
      field: 'costs.from',
    });
  }
  return turnover?.from ?? (costs?.linear === undefined ? null : costs.from);
}

function applyBounds(
  { bounds = [] }: PortfolioConstraints,
  indexOf: ReadonlyMap<string, number>,
  lower: Float64Array,
  upper: Float64Array,
): void {
  const seen = new Set<string>();
  for (const bound of bounds) {
    const asset = indexOf.get(bound.assetId);
    if (asset === undefined || seen.has(bound.assetId)) {
      const what = asset === undefined ? 'is not among the assets' : 'has two bounds';
      throw new RiskMathError('invalidInput', `${bound.assetId} ${what}`, {
        field: 'constraints.bounds',
        ids: [bound.assetId],
      });
    }
    seen.add(bound.assetId);
    if (bound.lower !== undefined) requireFiniteNumber(bound.lower, 'constraints.bounds');
    if (bound.upper !== undefined) requireFiniteNumber(bound.upper, 'constraints.bounds');
    lower[asset] = bound.lower ?? Math.min(0, bound.upper ?? 0);
    if (bound.upper === undefined) continue;
    upper[asset] = bound.upper;
    if (lower[asset] > bound.upper) {
      throw infeasible([`lowerBound:${bound.assetId}`, `upperBound:${bound.assetId}`]);
    }
  }
}

function netRow({ net }: PortfolioConstraints, assets: number, size: number): NamedRow[] {
  const { lower, upper } = net ?? { lower: 1, upper: 1 };
  const coefficients = new Float64Array(size).fill(1, 0, assets);
  return [checkedRow('net', { lowerName: 'netLower', upperName: 'netUpper', coefficients, ...sides(lower, upper) })];
}

function groupRows(
  { groups = [] }: PortfolioConstraints,
  indexOf: ReadonlyMap<string, number>,
  size: number,
): NamedRow[] {
  requireDifferent(groups, 'constraints.groups');
  return groups.map(({ id, assetIds, lower, upper }) => {
    const coefficients = new Float64Array(size);
    for (const assetId of new Set(assetIds)) {
      const asset = indexOf.get(assetId);
      if (asset === undefined) {
        throw new RiskMathError('invalidInput', `${assetId} is not among the assets`, {
          field: 'constraints.groups',
          ids: [assetId],
        });
      }
      coefficients[asset] = 1;
    }
    const names = { lowerName: `groupLower:${id}`, upperName: `groupUpper:${id}` };
    return checkedRow(id, { ...names, coefficients, ...sides(lower, upper) });
  });
}

function linearRows({ linear = [] }: PortfolioConstraints, assets: number, size: number): NamedRow[] {
  requireDifferent(linear, 'constraints.linear');
  return linear.map(({ id, coefficients: given, lower, upper }) => {
    requireLength(given, assets, `constraints.linear.${id}`);
    requireFinite(given, `constraints.linear.${id}`);
    const coefficients = new Float64Array(size);
    coefficients.set(given);
    const names = { lowerName: `linearLower:${id}`, upperName: `linearUpper:${id}` };
    return checkedRow(id, { ...names, coefficients, ...sides(lower, upper) });
  });
}

/** ±(wᵢ − fromᵢ) ≤ dᵢ and, where there is a limit, Σ dᵢ ≤ limit. */
function tradeRows(from: Float64Array, limit: number | undefined, assetIds: readonly string[]): NamedRow[] {
  const assets = assetIds.length;
  const rows = assetIds.flatMap((id, asset) =>
    [1, -1].map((sign) => {
      const coefficients = new Float64Array(2 * assets);
      coefficients[asset] = sign;
      coefficients[assets + asset] = -1;
      const name = `trade:${id}`;
      return { lowerName: name, upperName: name, coefficients, lower: -Infinity, upper: sign * from[asset]! };
    }),
  );
  if (limit === undefined) return rows;
  const coefficients = new Float64Array(2 * assets).fill(1, assets);
  return [...rows, { lowerName: 'turnover', upperName: 'turnover', coefficients, lower: -Infinity, upper: limit }];
}

function sides(lower = -Infinity, upper = Infinity): { lower: number; upper: number } {
  return { lower, upper };
}

function checkedRow(id: string, row: NamedRow): NamedRow {
  if (Number.isNaN(row.lower) || Number.isNaN(row.upper) || row.lower === Infinity || row.upper === -Infinity) {
    throw new RiskMathError('invalidInput', `the bounds of ${id} must be finite numbers`, { field: 'constraints' });
  }
  if (row.lower > row.upper) throw infeasible([row.lowerName, row.upperName]);
  return row;
}

function requireDifferent(named: readonly { readonly id: string }[], field: string): void {
  const seen = new Set<string>();
  for (const { id } of named) {
    if (seen.has(id)) throw new RiskMathError('invalidInput', `${field} holds ${id} twice`, { field, ids: [id] });
    seen.add(id);
  }
}

/** The program as a problem of the interior-point method; variables whose bounds meet become equations. */
export function constrainedProblem(
  program: PortfolioProgram,
  quadratic: Float64Array,
  linear: Float64Array,
): ConstrainedProblem {
  const lower = program.lower.slice();
  const upper = program.upper.slice();
  const fixed = Array.from(program.lower).flatMap((bound, i) => {
    if (bound !== upper[i]) return [];
    lower[i] = -Infinity;
    upper[i] = Infinity;
    const coefficients = new Float64Array(program.size);
    coefficients[i] = 1;
    return [{ coefficients, lower: bound, upper: bound }];
  });
  return {
    size: program.size,
    quadratic,
    linear,
    barrier: new Float64Array(program.size),
    lower,
    upper,
    rows: [...program.rows, ...fixed],
    quadratics: program.quadratics,
  };
}
