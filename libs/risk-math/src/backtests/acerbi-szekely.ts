import { requireConfidence, requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { exceedances } from './exceedances.js';

/** Realised losses with the forecasts for their days; loss positive, one unit. */
export interface ShortfallForecasts {
  readonly losses: Float64Array;
  readonly valuesAtRisk: Float64Array;
  readonly expectedShortfalls: Float64Array;
  /** The level, such as 0.975. */
  readonly confidence: number;
}

export interface ShortfallStatistic {
  /** 0 in the mean when the forecasts are right, negative when expected shortfall is too small. */
  readonly z: number;
  readonly exceedances: number;
  readonly observations: number;
}

/**
 * Z₂ = 1 − Σ_t L_t 1(L_t > VaR_t) / (T (1 − c) ES_t): frequency and size of exceedances in one. About −0.70 at 5 % and −1.8 at
 * 0.01 % of significance for 250 days at 97.5 %, whatever the tail (the paper's table 4).
 *
 * Source: Acerbi and Székely, "Back-testing expected shortfall", Risk (December 2014), eq. 6.
 *
 * @throws RiskMathError `tooFewObservations` below one day; `outOfDomain` unless every expected shortfall is positive
 */
export function acerbiSzekelyZ2(forecasts: ShortfallForecasts): ShortfallStatistic {
  const { hits, count, observations } = checked(forecasts);
  let total = 0;
  for (let t = 0; t < observations; t++) {
    if (hits[t]) total += forecasts.losses[t]! / forecasts.expectedShortfalls[t]!;
  }
  return { z: 1 - total / (observations * (1 - forecasts.confidence)), exceedances: count, observations };
}

/**
 * Z₁ = 1 − mean of L_t / ES_t over the exceedances: their size alone, given value at risk.
 *
 * Source: the same paper, eq. 4.
 *
 * @throws RiskMathError `tooFewObservations` without an exceedance
 */
export function acerbiSzekelyZ1(forecasts: ShortfallForecasts): ShortfallStatistic {
  const { hits, count, observations } = checked(forecasts);
  if (count === 0) {
    throw new RiskMathError('tooFewObservations', 'Z₁ is a mean over exceedances; there are none', {
      observations: 0,
      needed: 1,
    });
  }
  let total = 0;
  for (let t = 0; t < observations; t++) {
    if (hits[t]) total += forecasts.losses[t]! / forecasts.expectedShortfalls[t]!;
  }
  return { z: 1 - total / count, exceedances: count, observations };
}

function checked({ losses, valuesAtRisk, expectedShortfalls, confidence }: ShortfallForecasts) {
  requireConfidence(confidence);
  requireObservations(losses.length, 1, 'a backtest of expected shortfall');
  requireLength(expectedShortfalls, losses.length, 'expectedShortfalls');
  requireFinite(expectedShortfalls, 'expectedShortfalls');
  expectedShortfalls.forEach((value, t) => {
    if (!(value > 0)) {
      throw new RiskMathError('outOfDomain', `expectedShortfalls[${t}] is ${value}; the ratio needs it above 0`, {
        field: 'expectedShortfalls',
      });
    }
  });
  return exceedances(losses, valuesAtRisk);
}
