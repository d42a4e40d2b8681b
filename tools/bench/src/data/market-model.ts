import { type Returns, createReturns } from '@risk-budget/risk-math';
import { Random } from './random.js';

/** The seed of every synthetic return in the benchmarks. */
export const SEED = 2018;

const STYLES = 10;
const MARKET_VOLATILITY = 0.01;
const STYLE_VOLATILITY = 0.003;

export type NamedReturns = Returns & { readonly ids: readonly string[] };

/**
 * Daily returns of one market and ten style factors: Student-t(5) factors and residuals, betas 0.6–1.4, standard normal
 * style exposures, residual volatility 0.6–2 % a day.
 */
export function factorReturns(assets: number, observations = 1000, seed = SEED): NamedReturns {
  const random = new Random(seed);
  const betas = Float64Array.from({ length: assets }, () => 0.6 + 0.8 * random.uniform());
  const residuals = Float64Array.from({ length: assets }, () => 0.006 + 0.014 * random.uniform());
  const exposures = Float64Array.from({ length: assets * STYLES }, () => random.normal());
  const values = new Float64Array(assets * observations);
  for (let t = 0; t < observations; t++) {
    const market = MARKET_VOLATILITY * random.studentFive();
    const styles = Float64Array.from({ length: STYLES }, () => STYLE_VOLATILITY * random.studentFive());
    for (let i = 0; i < assets; i++) {
      let value = betas[i]! * market + residuals[i]! * random.studentFive();
      for (let k = 0; k < STYLES; k++) value += exposures[i * STYLES + k]! * styles[k]!;
      values[t * assets + i] = value;
    }
  }
  const ids = Array.from({ length: assets }, (_, i) => `A${i}`);
  return { ...createReturns(values, observations, assets, ids), ids };
}
