import type { Returns } from '../model/returns.js';
import { RandomStream } from '../random/random-stream.js';
import {
  type FilteredReturns,
  type VolatilityFilter,
  filterVolatility,
  nextVariance,
} from '../returns/volatility-filter.js';
import { type PathSource, RESAMPLING_STREAM } from './path-source.js';

/**
 * Stationary bootstrap: whole days in blocks whose length is geometric, the series taken as a circle, compounded.
 *
 * Source: Politis and Romano, "The stationary bootstrap", Journal of the American Statistical Association 89 (1994).
 */
export class BootstrapPaths implements PathSource {
  readonly assets: number;
  private readonly random: RandomStream;

  constructor(
    seed: number,
    private readonly returns: Returns,
    private readonly meanBlockDays: number,
    private readonly horizonDays: number,
  ) {
    this.assets = returns.assets;
    this.random = new RandomStream(seed, RESAMPLING_STREAM);
  }

  fill(paths: Uint32Array, out: Float64Array): void {
    const { assets, random } = this;
    const { observations, values } = this.returns;
    for (let path = 0; path < paths.length; path++) {
      random.moveTo(paths[path]!);
      const row = path * assets;
      let day = random.integer(observations);
      for (let i = 0; i < assets; i++) out[row + i] = values[day * assets + i]!;
      for (let step = 1; step < this.horizonDays; step++) {
        const jumps = random.uniform() * this.meanBlockDays < 1;
        day = jumps ? random.integer(observations) : (day + 1) % observations;
        for (let i = 0; i < assets; i++) {
          const grown = out[row + i]!;
          out[row + i] = grown + (1 + grown) * values[day * assets + i]!;
        }
      }
    }
  }
}

/**
 * Filtered historical simulation: residuals of whole days drawn with replacement, scaled by a volatility that starts from
 * today's and follows each path, compounded. A day's simulated return is cut at −1.
 *
 * Source: Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for portfolios of derivative securities",
 * Journal of Futures Markets 19 (1999).
 */
export class FilteredPaths implements PathSource {
  readonly assets: number;
  private readonly random: RandomStream;
  private readonly filtered: FilteredReturns;

  constructor(
    seed: number,
    returns: Returns,
    filter: VolatilityFilter,
    private readonly horizonDays: number,
  ) {
    this.assets = returns.assets;
    this.random = new RandomStream(seed, RESAMPLING_STREAM);
    this.filtered = filterVolatility(returns, filter);
  }

  fill(paths: Uint32Array, out: Float64Array): void {
    const { assets, random } = this;
    const { residuals, nextVariances, recursions } = this.filtered;
    const variances = new Float64Array(assets);
    for (let path = 0; path < paths.length; path++) {
      random.moveTo(paths[path]!);
      const row = path * assets;
      variances.set(nextVariances);
      out.fill(0, row, row + assets);
      for (let step = 0; step < this.horizonDays; step++) {
        const day = random.integer(residuals.observations) * assets;
        for (let i = 0; i < assets; i++) {
          const value = Math.max(-1, Math.sqrt(variances[i]!) * residuals.values[day + i]!);
          variances[i] = nextVariance(recursions[i]!, value, variances[i]!);
          const grown = out[row + i]!;
          out[row + i] = grown + (1 + grown) * value;
        }
      }
    }
  }
}
