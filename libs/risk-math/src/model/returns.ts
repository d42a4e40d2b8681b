import { requireFinite, requireIds, requireInteger, requireLength } from '../foundation/guards.js';

/** Simple returns of `assets` series on `observations` days: row-major, one row a day, oldest first. */
export interface Returns {
  readonly values: Float64Array;
  /** Rows, T. */
  readonly observations: number;
  /** Columns, n. */
  readonly assets: number;
  readonly ids?: readonly string[];
}

/**
 * Checked returns around an existing array (not copied).
 *
 * @param values T×n row-major simple returns, one row a day, oldest first
 * @throws RiskMathError `invalidInput` on a wrong length, a number that is not finite, or a repeated id
 */
export function createReturns(
  values: Float64Array,
  observations: number,
  assets: number,
  ids?: readonly string[],
): Returns {
  requireInteger(observations, 0, 'observations');
  requireInteger(assets, 0, 'assets');
  requireLength(values, observations * assets, 'values');
  requireFinite(values, 'values');
  requireIds(ids, assets, 'ids');
  return ids === undefined ? { values, observations, assets } : { values, observations, assets, ids };
}

/**
 * That returns are as long as they say, and finite: what a function asks that takes returns from outside.
 *
 * @throws RiskMathError `invalidInput` on another length or a number that is not finite
 */
export function requireReturns({ values, observations, assets }: Returns, field = 'returns'): void {
  requireLength(values, observations * assets, field);
  requireFinite(values, field);
}

/** One column as an array of its own. */
export function columnOf(returns: Returns, asset: number): Float64Array {
  const column = new Float64Array(returns.observations);
  for (let t = 0; t < returns.observations; t++) column[t] = returns.values[t * returns.assets + asset]!;
  return column;
}
