import { readFileSync } from 'node:fs';
import { type Returns, simpleReturns } from '../../src/index.js';

/** Numbers made by `tools/reference`, from a path below `src`. */
export function golden<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')) as T;
}

interface Market {
  readonly days: number;
  readonly shareIds: string[];
  readonly sharePrices: number[];
  readonly marketPrices: number[];
  readonly fundIds: string[];
  readonly fundPrices: number[];
}

const market = golden<Market>('fixtures/market-2018.json');

/** 500 daily returns of 20 shares to the end of 2018. */
export function shareReturns(): Returns & { readonly ids: readonly string[] } {
  return of(market.sharePrices, market.shareIds);
}

/** The days of a portfolio of the shares whose weights stay. */
export function portfolioReturns(weights: ArrayLike<number>): Float64Array {
  const { values, observations, assets } = shareReturns();
  return Float64Array.from({ length: observations }, (_, t) => {
    let total = 0;
    for (let i = 0; i < assets; i++) total += weights[i]! * values[t * assets + i]!;
    return total;
  });
}

export function marketReturns(): Float64Array {
  return of(market.marketPrices, ['SP500']).values;
}

export function fundReturns(): Returns & { readonly ids: readonly string[] } {
  return of(market.fundPrices, market.fundIds);
}

/** The shares and, last, SP500. */
export function returnsWithMarket(): Returns & { readonly ids: readonly string[] } {
  const shares = shareReturns();
  const index = marketReturns();
  const assets = shares.assets + 1;
  const values = new Float64Array(shares.observations * assets);
  for (let t = 0; t < shares.observations; t++) {
    values.set(shares.values.subarray(t * shares.assets, (t + 1) * shares.assets), t * assets);
    values[t * assets + shares.assets] = index[t]!;
  }
  return { values, observations: shares.observations, assets, ids: [...shares.ids, 'SP500'] };
}

function of(prices: number[], ids: string[]): Returns & { readonly ids: readonly string[] } {
  return { ...simpleReturns(Float64Array.from(prices), market.days, ids.length, ids), ids };
}

/** Largest |actual − expected| over the largest |expected|: how far two arrays are apart, free of their scale. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(actual[i])) return Infinity;
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return size === 0 ? difference : difference / size;
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
