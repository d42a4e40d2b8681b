import { requireFinite, requireFiniteNumber, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/**
 * Logarithmic score of a normal mixture: ln Σ_k p_k φ(x; μ_k, σ_k²), higher is better. With the components given it is a proper score of
 * the probabilities alone: in expectation none has a higher one than those by which the state of x was drawn, though the state itself is
 * never seen. Probabilities by which x is impossible score −∞; with variances above 0 that is never.
 *
 * Source: Gneiting and Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal of the American Statistical
 * Association 102 (2007), section 4.1; Hamilton, Time Series Analysis (1994), equation 22.4.5 for the density.
 *
 * @param probabilities of each component; they sum to 1
 * @param value in the unit of the means; the variances in its square
 * @throws RiskMathError `tooFewObservations` without a component; `invalidInput` on wrong lengths, numbers that are not finite, variances
 *   that are not positive, and probabilities below 0 or not of the sum 1
 */
export function mixtureLogScore(
  probabilities: Float64Array,
  means: Float64Array,
  variances: Float64Array,
  value: number,
): number {
  const states = probabilities.length;
  requireObservations(states, 1, 'a mixture');
  requireLength(means, states, 'means');
  requireLength(variances, states, 'variances');
  requireFinite(probabilities, 'probabilities');
  requireFinite(means, 'means');
  requireFinite(variances, 'variances');
  requireFiniteNumber(value, 'value');
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  if (probabilities.some((probability) => probability < 0) || Math.abs(total - 1) > 1e-6) {
    throw new RiskMathError('invalidInput', 'probabilities must not be below 0, with the sum 1', {
      field: 'probabilities',
    });
  }
  if (variances.some((variance) => variance <= 0)) {
    throw new RiskMathError('invalidInput', 'variances must be positive', { field: 'variances' });
  }
  // A component of probability 0 has the exponent −∞ and adds nothing.
  const exponents = probabilities.map(
    (probability, k) =>
      Math.log(probability) - (Math.log(2 * Math.PI * variances[k]!) + (value - means[k]!) ** 2 / variances[k]!) / 2,
  );
  const largest = Math.max(...exponents);
  return largest + Math.log(exponents.reduce((sum, exponent) => sum + Math.exp(exponent - largest), 0));
}
