import type { RiskModel } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import type { VarMethod } from '../inputs/rest-findings.js';
import { dailyVariance } from '../numerics/gaussian.js';
import { losses, quantileType7 } from '../numerics/historical.js';
import { normalQuantile } from '../numerics/normal.js';
import type { SubjectWeights } from './own-subjects.js';

export const varConfidences = [0.95, 0.99] as const;

/** What a portfolio holds, and the variance that the champion forecasts for the next day. */
export interface VarBasis {
  readonly weights: SubjectWeights;
  readonly championVariance: number;
}

/** Of the next day, by {@link varKey}: normal with the risk model, the quantile of the policy's window, normal with the champion's variance. */
export function ownValuesAtRisk(
  { models, returns }: RunContext,
  { modelId, knownAt, policy }: Pick<RiskModel, 'modelId' | 'knownAt' | 'policy'>,
  { weights: held, championVariance }: VarBasis,
): Map<string, number> {
  const { instrumentIds, covariance } = models.get(modelId);
  const weights = instrumentIds.map((id) => held.get(id) ?? 0);
  const window = returns.get({
    instrumentIds,
    end: knownAt,
    days: policy.historicalWindowDays,
    minimumHistory: policy.minimumHistoryDays,
  });
  const past = losses(weights, window.values);
  const values = new Map<string, number>();
  for (const confidence of varConfidences) {
    const z = normalQuantile(confidence);
    values.set(varKey('model', confidence), z * Math.sqrt(dailyVariance(weights, covariance)));
    values.set(varKey('historical', confidence), quantileType7(past, confidence));
    values.set(varKey('champion', confidence), z * Math.sqrt(championVariance));
  }
  return values;
}

export function varKey(method: VarMethod, confidence: number): string {
  return `${method} at ${confidence}`;
}
