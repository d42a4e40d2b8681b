import { limitBudgetFactor, type BudgetPlan, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import { codeVersion } from '../version.js';

/** What stands behind the numbers: enough to compute them again. */
export function lineageOf(
  inputs: Pick<PortfolioInputs, 'positionSequence' | 'priceTime' | 'model' | 'policy' | 'historicalWindow'>,
  plan: Pick<BudgetPlan, 'planId' | 'version' | 'adjustment'> | null,
): UtilizationSnapshot['lineage'] {
  return {
    positionSequence: inputs.positionSequence,
    priceTime: inputs.priceTime,
    modelId: inputs.model.modelId,
    policy: inputs.policy,
    planId: plan?.planId ?? null,
    planVersion: plan?.version ?? null,
    ...(plan?.adjustment === undefined ? {} : { limitBudgetFactor: limitBudgetFactor(plan) }),
    historicalWindow: inputs.historicalWindow,
    codeVersion,
  };
}

/** Whether enough of the portfolio has a model for its figures to be acted on. */
export function isComplete(inputs: Pick<PortfolioInputs, 'modelledShare' | 'policy'>): boolean {
  return inputs.modelledShare >= inputs.policy.modelledShareFloor;
}
