import { requireDistribution, requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { RegimeParameters } from './types.js';

/**
 * That parameters, such as those of a fit kept elsewhere, are a chain and what its states do.
 *
 * @throws RiskMathError `invalidInput` naming what has a wrong length, is not finite, not positive or no probabilities
 */
export function requireRegimeParameters({ means, variances, transition, initial }: RegimeParameters): void {
  const states = means.length;
  if (states < 1) throw new RiskMathError('invalidInput', 'a chain has at least one state', { field: 'means' });
  requireLength(variances, states, 'variances');
  requireLength(transition, states * states, 'transition');
  requireLength(initial, states, 'initial');
  requireFinite(means, 'means');
  requireFinite(variances, 'variances');
  if (variances.some((value) => value <= 0)) {
    throw new RiskMathError('invalidInput', 'the variance of a state is positive', { field: 'variances' });
  }
  requireDistribution(initial, 'initial');
  for (let k = 0; k < states; k++) requireDistribution(transition.subarray(k * states, (k + 1) * states), 'transition');
}
