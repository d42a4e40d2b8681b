import { chiSquaredSurvival } from '../distribution/incomplete-gamma.js';
import { requireConfidence, requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { solveInPlace } from '../linear-algebra/linear-system.js';
import { type TestResult, exceedances } from './exceedances.js';

/** A pivot below this share of its column counts as dependence. */
const DEPENDENT = 1e-10;

/**
 * Dynamic quantile test: hits less their probability, on a constant, their own `lags` last values and the value at risk
 * of the day. DQ = hᵀX (XᵀX)⁻¹ Xᵀh / (p (1 − p)), χ² with lags + 2 degrees of freedom, p = 1 − confidence.
 *
 * Source: Engle and Manganelli, Journal of Business & Economic Statistics 22 (2004), theorem 5 and section 6: out of
 * sample.
 *
 * @throws RiskMathError `tooFewObservations` below 3 (lags + 2) days; `outOfDomain` when the regressors depend on each other: no
 *   exceedance at all, or a value at risk that never changes
 */
export function dynamicQuantile(
  losses: Float64Array,
  valuesAtRisk: Float64Array,
  confidence: number,
  lags = 4,
): TestResult {
  requireConfidence(confidence);
  requireInteger(lags, 1, 'lags');
  const { hits } = exceedances(losses, valuesAtRisk);
  const columns = lags + 2;
  requireObservations(losses.length, Math.max(3 * columns, lags + 1), 'a dynamic quantile test');
  const probability = 1 - confidence;
  const centred = Float64Array.from(hits, (hit) => hit - probability);
  const scale = valuesAtRisk.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  const products = new Float64Array(columns * columns);
  const right = new Float64Array(columns);
  for (let t = lags; t < losses.length; t++) {
    const row = [1, ...Array.from({ length: lags }, (_, k) => centred[t - 1 - k]!), valuesAtRisk[t]! / scale];
    row.forEach((value, i) => {
      right[i]! += value * centred[t]!;
      row.forEach((other, j) => (products[i * columns + j]! += value * other));
    });
  }
  const solution = Float64Array.from(right);
  if (!isRegular(products, columns) || !solveInPlace(products, solution, columns)) {
    throw new RiskMathError(
      'outOfDomain',
      'the regressors depend on each other: there is no exceedance, or the value at risk never changes',
      { field: 'valuesAtRisk' },
    );
  }
  const explained = right.reduce((total, value, i) => total + value * solution[i]!, 0);
  const statistic = Math.max(0, explained / (probability * (1 - probability)));
  return { statistic, pValue: chiSquaredSurvival(statistic, columns), degreesOfFreedom: columns };
}

/** Whether elimination of a copy keeps every pivot, relative to its diagonal element. */
function isRegular(matrix: Float64Array, size: number): boolean {
  const rest = Float64Array.from(matrix);
  for (let k = 0; k < size; k++) {
    const pivot = rest[k * size + k]!;
    if (!(pivot > DEPENDENT * matrix[k * size + k]!)) return false;
    for (let i = k + 1; i < size; i++) {
      const factor = rest[i * size + k]! / pivot;
      for (let j = k; j < size; j++) rest[i * size + j]! -= factor * rest[k * size + j]!;
    }
  }
  return true;
}
