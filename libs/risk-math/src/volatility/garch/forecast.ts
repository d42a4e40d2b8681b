import { normalCdf } from '../../distribution/incomplete-gamma.js';
import { requireFiniteNumber, requireInteger, requirePositive } from '../../foundation/guards.js';
import { RiskMathError } from '../../foundation/risk-math-error.js';
import { type VarianceForecast, varianceForecast } from '../variance-forecast.js';
import { requireGarchParameters } from './parameters.js';
import { MEAN_ABSOLUTE_NORMAL } from './recursions.js';
import type { GarchFit } from './types.js';

/** Where a model stands: a fit, or its parameters and persistence with the next variance of a filter. */
export type GarchState = Pick<GarchFit, 'specification' | 'parameters' | 'persistence' | 'nextVariance'>;

/**
 * Forecast of variance for each of the next `horizonDays` days.
 *
 * GARCH and GJR: σ²_{T+1} is known; E σ²_{T+k} = ω + (α + κγ + β) E σ²_{T+k−1}. EGARCH with normal innovations:
 * E σ²_{T+k} = σ²_{T+1}^{β^{k−1}} Π_{i<k−1} exp(β^i ω) E exp(β^i g(z)), g(z) = α (|z| − √(2/π)) + γ z, in closed form.
 *
 * Source: Tsay, Analysis of Financial Time Series (2010), sections 3.5 and 3.8.3.
 *
 * @throws RiskMathError `invalidInput` unless `horizonDays` is an integer of at least 1, and on a state that no filter leaves;
 *   `outOfDomain` for an EGARCH with t innovations beyond one day: E exp(α|z|) is infinite for tails that fall as a power; and
 *   where a variance grows beyond all bounds
 */
export function garchForecast(fit: GarchState, horizonDays: number): VarianceForecast {
  requireInteger(horizonDays, 1, 'horizonDays');
  const { specification, parameters, persistence, nextVariance } = fit;
  requireGarchParameters(specification, parameters);
  requirePositive(nextVariance, 'nextVariance');
  requireFiniteNumber(persistence, 'persistence');
  if (persistence < 0) {
    throw new RiskMathError('invalidInput', `persistence is ${persistence}; it is not negative`, {
      field: 'persistence',
    });
  }
  const daily = specification.model === 'egarch' ? egarchPath(fit, horizonDays) : gjrPath(fit, horizonDays);
  const forecast = varianceForecast(daily);
  if (!Number.isFinite(forecast.total)) {
    throw new RiskMathError('outOfDomain', 'the forecast of variance grows beyond all bounds', {
      field: 'horizonDays',
    });
  }
  return forecast;
}

function gjrPath({ parameters, persistence, nextVariance }: GarchState, horizonDays: number): Float64Array {
  const daily = new Float64Array(horizonDays);
  const omega = parameters.omega * 1e-4;
  let variance = nextVariance;
  for (let k = 0; k < horizonDays; k++) {
    daily[k] = variance;
    variance = omega + persistence * variance;
  }
  return daily;
}

function egarchPath({ parameters, nextVariance, specification }: GarchState, horizonDays: number): Float64Array {
  const { alpha, gamma, beta, omega } = parameters;
  if (horizonDays > 1 && specification.innovations !== 'normal') {
    throw new RiskMathError(
      'outOfDomain',
      'an EGARCH with t innovations has no finite variance beyond the next day; ask for one day, or fit it with normal innovations',
      { field: 'horizonDays' },
    );
  }
  // In percent², the units of ω.
  const next = Math.log(nextVariance) + Math.log(1e4);
  const daily = new Float64Array(horizonDays);
  let power = 1;
  let shocks = 0;
  for (let k = 0; k < horizonDays; k++) {
    daily[k] = Math.exp(power * next + shocks) * 1e-4;
    shocks += power * omega + logMeanExponential(power * alpha, power * gamma);
    power *= beta;
  }
  return daily;
}

/** ln E exp(a (|z| − √(2/π)) + b z), z standard normal. */
function logMeanExponential(a: number, b: number): number {
  const up = a + b;
  const down = a - b;
  const mean = Math.exp((up * up) / 2) * normalCdf(up) + Math.exp((down * down) / 2) * normalCdf(down);
  return Math.log(mean) - a * MEAN_ABSOLUTE_NORMAL;
}
