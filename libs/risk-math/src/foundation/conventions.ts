/**
 * The conventions of every number in the system. Change one only by a dated decision.
 *
 * Returns are simple; weights are signed base-currency value over net asset value; loss is positive; volatility and
 * tracking error are annualised by √252; value at risk and expected shortfall are never annualised.
 */

/** Trading days a year; volatility and tracking error are annualised by its square root. */
export const TRADING_DAYS_PER_YEAR = 252;

/** √252. */
export const ANNUALISATION = Math.sqrt(TRADING_DAYS_PER_YEAR);

/**
 * The measures a budget tree may be about.
 *
 * - `volatility`, `trackingError`: annual, fraction of net asset value;
 * - `var`, `es`: Gaussian with zero mean, over the horizon at the confidence, fraction of net asset value;
 * - `historicalVar`, `historicalEs`: from past returns, same unit.
 */
export const riskMeasures = ['volatility', 'var', 'es', 'historicalVar', 'historicalEs', 'trackingError'] as const;
export type RiskMeasure = (typeof riskMeasures)[number];

/** How a one-day historical figure becomes one of `horizonDays`: √h, or overlapping windows of h days. Parametric figures are always scaled by √h. */
export type HorizonScaling = 'sqrt' | 'overlapping';

/** Sample quantile definitions of Hyndman and Fan (1996). `type7` is the rule of this system. */
export type QuantileRule = 'type1' | 'type6' | 'type7' | 'type8';

/** What stands beside every value at risk and expected shortfall. */
export interface RiskSpecification {
  /** The level, such as 0.95; never the tail. */
  readonly confidence: number;
  readonly horizonDays: number;
  readonly scaling: HorizonScaling;
  readonly quantileRule: QuantileRule;
}

/** Horizon one day, confidence 0.95, type 7 quantile. */
export const defaultRiskSpecification: RiskSpecification = {
  confidence: 0.95,
  horizonDays: 1,
  scaling: 'sqrt',
  quantileRule: 'type7',
};
