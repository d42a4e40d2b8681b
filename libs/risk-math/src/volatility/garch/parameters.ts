import { requireFiniteNumber } from '../../foundation/guards.js';
import { RiskMathError } from '../../foundation/risk-math-error.js';
import type { GarchParameters, GarchSpecification } from './types.js';

/** How far below a bound of 0 a fit that ends on it may be left by rounding. */
const ROUNDING = 1e-9;

/**
 * That parameters, such as those of a fit kept elsewhere, make a model of variances.
 *
 * @throws RiskMathError `invalidInput` naming one that is not finite or, but for an EGARCH, makes variances negative
 */
export function requireGarchParameters(specification: GarchSpecification, parameters: GarchParameters): void {
  for (const name of ['mean', 'omega', 'alpha', 'gamma', 'beta'] as const) {
    requireFiniteNumber(parameters[name], `parameters.${name}`);
  }
  if (specification.model === 'egarch') return;
  const { omega, alpha, gamma, beta } = parameters;
  const refuse = (name: keyof GarchParameters, what: string): never => {
    throw new RiskMathError('invalidInput', what, { field: `parameters.${name}` });
  };
  if (omega < 0) refuse('omega', `omega is ${omega}; it is not negative`);
  if (alpha < -ROUNDING) refuse('alpha', `alpha is ${alpha}; it is not negative`);
  if (alpha + gamma < -ROUNDING) refuse('gamma', `alpha + gamma is ${alpha + gamma}; it is not negative`);
  if (beta < -ROUNDING) refuse('beta', `beta is ${beta}; it is not negative`);
}
