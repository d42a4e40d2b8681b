import { requireFinite } from '../foundation/guards.js';

/** Exposure of a portfolio as fractions of NAV, cash left out. */
export interface Exposure {
  /** Σ|w|. */
  readonly gross: number;
  /** Σw. */
  readonly net: number;
  /** Gross exposure / NAV: equal to `gross` for instruments linear in price. */
  readonly leverage: number;
}

/** Gross, net and leverage of signed weights; each position counts by itself, so that a short never nets a long in gross. */
export function exposure(weights: Float64Array): Exposure {
  requireFinite(weights, 'weights');
  let gross = 0;
  let net = 0;
  for (const weight of weights) {
    gross += Math.abs(weight);
    net += weight;
  }
  return { gross, net, leverage: gross };
}
