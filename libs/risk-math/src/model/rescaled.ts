import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { createCovariance } from './covariance.js';
import { createFactorModel } from './factor-model.js';
import type { RiskModelMatrix } from './risk-model-matrix.js';

/**
 * The model with the same correlations and other standard deviations, in the same form; positive semi-definite because it is
 * a congruence. An asset without variance has correlation with itself alone.
 *
 * @param deviations n daily standard deviations, none negative
 * @throws RiskMathError `invalidInput` on a wrong length, a negative deviation or a number that is not finite
 */
export function withDeviations(matrix: RiskModelMatrix, deviations: Float64Array): RiskModelMatrix {
  requireLength(deviations, matrix.size, 'deviations');
  requireFinite(deviations, 'deviations');
  const ratios = deviations.map((deviation, i) => {
    if (deviation < 0) {
      throw new RiskMathError('invalidInput', `deviations[${i}] is ${deviation}; none may be negative`, {
        field: 'deviations',
      });
    }
    const own = Math.sqrt(matrix.variances[i]!);
    return own > 0 ? deviation / own : 0;
  });
  const { size, ids, repair } = matrix;
  if (matrix.kind === 'covariance') {
    const values = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) {
        const value = matrix.values[i * size + j]! * ratios[i]! * ratios[j]!;
        values[i * size + j] = value;
        values[j * size + i] = value;
      }
      values[i * size + i] = deviations[i]! ** 2;
    }
    return createCovariance(values, size, { ids, repair });
  }
  const { factors, factorIds, factorCovariance } = matrix;
  return createFactorModel(size, factors, {
    exposures: matrix.exposures.map((value, at) => value * ratios[Math.floor(at / factors)]!),
    factorCovariance,
    specificVariances: matrix.specificVariances.map((value, i) =>
      matrix.variances[i]! > 0 ? value * ratios[i]! ** 2 : deviations[i]! ** 2,
    ),
    ids,
    factorIds,
    repair,
  });
}
