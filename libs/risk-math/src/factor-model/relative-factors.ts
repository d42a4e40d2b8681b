import { requireLength } from '../foundation/guards.js';
import { type Returns, createReturns } from '../model/returns.js';

/**
 * Factor returns: the market, then the return of each other series over the market. Broad funds share one market; their
 * returns over it do not, so that a regression on them is well conditioned.
 *
 * @param market T returns of the market
 * @param others T×k returns of the other series
 * @returns T×(k+1); ids `market`, `<series>-market`
 */
export function relativeFactors(
  market: { readonly id: string; readonly values: Float64Array },
  others: Returns & { readonly ids: readonly string[] },
): Returns & { readonly ids: readonly string[] } {
  const { observations, assets } = others;
  requireLength(market.values, observations, 'market');
  const factors = assets + 1;
  const values = new Float64Array(observations * factors);
  for (let t = 0; t < observations; t++) {
    const base = market.values[t]!;
    values[t * factors] = base;
    for (let i = 0; i < assets; i++) values[t * factors + 1 + i] = others.values[t * assets + i]! - base;
  }
  const ids = [market.id, ...others.ids.map((id) => `${id}-${market.id}`)];
  return { ...createReturns(values, observations, factors, ids), ids };
}
