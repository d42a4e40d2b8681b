import { normalDensity, normalQuantile } from '../distribution/normal.js';
import { requireFinite, requireFiniteNumber, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { meanOf } from './dispersion.js';
import { type GaussianSpecification, gaussianVarFactor } from './gaussian.js';
import type { TailFigures } from './historical.js';

/** Shape of a distribution of daily losses. */
export interface LossMoments {
  readonly mean: number;
  /** ddof 1. */
  readonly deviation: number;
  /** m₃ / m₂^1.5: positive when large losses are larger than large gains. */
  readonly skewness: number;
  /** m₄ / m₂² − 3. */
  readonly excessKurtosis: number;
}

/**
 * Moments of daily losses.
 *
 * @throws RiskMathError `tooFewObservations` below four losses; `outOfDomain` when they do not move
 */
export function lossMoments(losses: Float64Array): LossMoments {
  requireObservations(losses.length, 4, 'a fourth moment');
  requireFinite(losses, 'losses');
  const mean = meanOf(losses);
  const scale = losses.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  if (!(scale > 0))
    throw new RiskMathError('outOfDomain', 'losses that do not move have no shape', { field: 'losses' });
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const loss of losses) {
    const unit = (loss - mean) / scale;
    second += unit * unit;
    third += unit ** 3;
    fourth += unit ** 4;
  }
  const count = losses.length;
  const variance = second / count;
  return {
    mean,
    deviation: scale * Math.sqrt(second / (count - 1)),
    skewness: third / count / variance ** 1.5,
    excessKurtosis: fourth / count / variance ** 2 - 3,
  };
}

/**
 * VaR and ES from the first four moments by the Cornish–Fisher expansion, fraction of NAV, zero mean unless given. Over h
 * days skewness falls by √h and excess kurtosis by h, as for independent days.
 *
 * The expansion is a distribution only where it rises everywhere; outside that domain of skewness and kurtosis it is
 * refused, for it would order losses wrongly.
 *
 * Source: Cornish and Fisher (1938); domain and ES: Maillard, "A user's guide to the Cornish Fisher expansion" (2012);
 * Boudt, Peterson and Croux, Journal of Risk 11 (2008).
 *
 * @throws RiskMathError `outOfDomain` outside the domain
 */
export function cornishFisherFigures(
  moments: Pick<LossMoments, 'deviation' | 'skewness' | 'excessKurtosis'>,
  specification: GaussianSpecification,
  meanDaily = 0,
): TailFigures {
  gaussianVarFactor(specification);
  const { confidence, horizonDays } = specification;
  requireFinite([moments.deviation, moments.skewness, moments.excessKurtosis], 'moments');
  requireFiniteNumber(meanDaily, 'meanDaily');
  const skewness = moments.skewness / Math.sqrt(horizonDays);
  const kurtosis = moments.excessKurtosis / horizonDays;
  if (!isCornishFisherDomain(skewness, kurtosis)) {
    throw new RiskMathError(
      'outOfDomain',
      `skewness ${skewness} and excess kurtosis ${kurtosis} lie outside the domain of the Cornish–Fisher expansion`,
      { field: 'moments' },
    );
  }
  const z = normalQuantile(confidence);
  const quantile =
    z +
    ((z * z - 1) * skewness) / 6 +
    ((z * z - 3) * z * kurtosis) / 24 -
    ((2 * z * z - 5) * z * skewness * skewness) / 36;
  const beyond =
    (normalDensity(z) / (1 - confidence)) *
    (1 + (z * skewness) / 6 + ((z * z - 1) * kurtosis) / 24 - ((2 * z * z - 1) * skewness * skewness) / 36);
  const size = moments.deviation * Math.sqrt(horizonDays);
  const drift = meanDaily * horizonDays;
  return { var: size * quantile - drift, es: size * beyond - drift };
}

/**
 * Whether the expansion rises everywhere: its slope (K/8 − S²/6) z² + (S/3) z + 1 − K/8 + 5S²/36 is nowhere negative.
 */
export function isCornishFisherDomain(skewness: number, excessKurtosis: number): boolean {
  const square = skewness * skewness;
  const leading = excessKurtosis / 8 - square / 6;
  const constant = 1 - excessKurtosis / 8 + (5 * square) / 36;
  if (leading === 0) return skewness === 0 && constant >= 0;
  return leading > 0 && square / 9 <= 4 * leading * constant;
}
