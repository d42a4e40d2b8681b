import { nearestPositiveSemiDefinite } from '../covariance/nearest-positive-semi-definite.js';
import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Covariance, type CovarianceRepair, createCovariance, unrepaired } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { withDeviations } from '../model/rescaled.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';

/** What happens to the correlations. */
export type CorrelationStress =
  /**
   * Every correlation goes this part of the way to a target, (1 − strength) C + strength · T: to 1, to 0, or to a correlation
   * matrix. Positive semi-definite for any strength in [0, 1], without repair.
   */
  | { readonly kind: 'towards'; readonly target: 'one' | 'zero' | Float64Array; readonly strength: number }
  /** Some correlations are set. The nearest positive semi-definite matrix is taken where they cannot hold together. */
  | {
      readonly kind: 'set';
      readonly pairs: readonly { readonly first: number; readonly second: number; readonly correlation: number }[];
    };

/** What happens to a risk model. In factor form correlations are those of the factors. */
export interface RiskModelStress {
  /** By instrument, or one for all: what standard deviations are multiplied by. Not negative; 1 when absent. */
  readonly volatilityMultiplier?: number | Float64Array | undefined;
  readonly correlation?: CorrelationStress | undefined;
}

/**
 * A stressed risk model that stays positive semi-definite, in the form of the one given; `repair` says whether, and how
 * far, correlations that were set had to move to stand together.
 *
 * Source: Finger, "A methodology to stress correlations", RiskMetrics Monitor (fourth quarter 1997), for the way to a target; Higham,
 * "Computing the nearest correlation matrix", IMA Journal of Numerical Analysis 22 (2002), for correlations that are set.
 *
 * @param matrix n×n or in factor form, per day
 * @throws RiskMathError `invalidInput` on a strength outside [0, 1], a correlation outside [−1, 1], unknown rows or a
 *   negative multiplier; `notPositiveSemiDefinite` when a target given as a matrix is not
 */
export function stressRiskModel(matrix: RiskModelMatrix, stress: RiskModelStress): RiskModelMatrix {
  const correlated = stress.correlation === undefined ? matrix : stressedCorrelation(matrix, stress.correlation);
  const { volatilityMultiplier } = stress;
  if (volatilityMultiplier === undefined) return correlated;
  if (typeof volatilityMultiplier === 'number') requireFiniteNumber(volatilityMultiplier, 'volatilityMultiplier');
  else requireLength(volatilityMultiplier, matrix.size, 'volatilityMultiplier');
  return withDeviations(
    correlated,
    correlated.variances.map(
      (variance, i) =>
        Math.sqrt(variance) *
        (typeof volatilityMultiplier === 'number' ? volatilityMultiplier : volatilityMultiplier[i]!),
    ),
  );
}

function stressedCorrelation(matrix: RiskModelMatrix, stress: CorrelationStress): RiskModelMatrix {
  if (matrix.kind === 'covariance') return stressedCovariance(matrix, stress);
  const { factors, factorCovariance, factorIds, size, exposures, specificVariances, ids } = matrix;
  const ofFactors = createCovariance(Float64Array.from(factorCovariance), factors, { ids: factorIds });
  const stressed = stressedCovariance(ofFactors, stress);
  return createFactorModel(size, factors, {
    exposures,
    factorCovariance: stressed.values,
    specificVariances,
    ids,
    factorIds,
    repair: stressed.repair.method === 'none' ? matrix.repair : stressed.repair,
  });
}

function stressedCovariance(covariance: Covariance, stress: CorrelationStress): Covariance {
  const { size, values, variances, ids } = covariance;
  const target = stress.kind === 'towards' ? blend(covariance, stress) : setPairs(covariance, stress);
  const stressed = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const scale = Math.sqrt(variances[i]! * variances[j]!);
      const correlation = target(i, j, scale > 0 ? values[i * size + j]! / scale : 0);
      stressed[i * size + j] = correlation * scale;
      stressed[j * size + i] = correlation * scale;
    }
    stressed[i * size + i] = variances[i]!;
  }
  const repair: CovarianceRepair = covariance.repair;
  if (stress.kind === 'towards') return createCovariance(stressed, size, { ids, repair });
  const nearest = nearestPositiveSemiDefinite(stressed, size, ids);
  return nearest.repair.method === 'none' ? { ...nearest, repair: repair ?? unrepaired } : nearest;
}

type CorrelationRule = (i: number, j: number, correlation: number) => number;

function blend(
  { size }: Covariance,
  { target, strength }: Extract<CorrelationStress, { kind: 'towards' }>,
): CorrelationRule {
  if (!(strength >= 0 && strength <= 1)) {
    throw new RiskMathError('invalidInput', `strength is ${strength}; it must lie in [0, 1]`, { field: 'strength' });
  }
  const goal = targetCorrelation(target, size);
  return (i, j, correlation) => (1 - strength) * correlation + strength * goal(i, j);
}

function targetCorrelation(target: 'one' | 'zero' | Float64Array, size: number): (i: number, j: number) => number {
  if (target === 'one') return () => 1;
  if (target === 'zero') return () => 0;
  requireLength(target, size * size, 'target');
  requireFinite(target, 'target');
  const checked = nearestPositiveSemiDefinite(target, size);
  if (checked.repair.method !== 'none' || checked.variances.some((value) => Math.abs(value - 1) > 1e-12)) {
    throw new RiskMathError('notPositiveSemiDefinite', 'the target is not a correlation matrix', {
      field: 'target',
      ...(checked.repair.method === 'none' ? {} : { smallestEigenvalue: checked.repair.smallestEigenvalue }),
    });
  }
  return (i, j) => checked.values[i * size + j]!;
}

function setPairs({ size }: Covariance, { pairs }: Extract<CorrelationStress, { kind: 'set' }>): CorrelationRule {
  const wanted = new Map<number, number>();
  for (const { first, second, correlation } of pairs) {
    const known = [first, second].every((row) => Number.isInteger(row) && row >= 0 && row < size);
    if (!known || first === second || !(Math.abs(correlation) <= 1)) {
      throw new RiskMathError(
        'invalidInput',
        `correlation ${correlation} of rows ${first} and ${second}: two different rows below ${size} and a value in [−1, 1] are needed`,
        { field: 'pairs' },
      );
    }
    wanted.set(Math.max(first, second) * size + Math.min(first, second), correlation);
  }
  return (i, j, correlation) => wanted.get(i * size + j) ?? correlation;
}
