import { budgetPlanChanged } from '@risk-budget/contracts';
import type { RepublishContext } from '@risk-budget/service-kit';
import { PlansRepository } from './plans.repository.js';

/** Publishes the plan in force of one portfolio, or of each, again as it stands; where none is, the plan that was changed last. */
export async function republishPlans(context: RepublishContext): Promise<void> {
  const plans = context.get(PlansRepository);
  const portfolioIds = context.key === undefined ? await plans.portfolios(context.tx) : [context.key];
  for (const portfolioId of portfolioIds) {
    const plan = (await plans.active(context.tx, portfolioId)) ?? (await plans.newest(context.tx, portfolioId));
    if (plan === undefined) continue;
    const { at } = await plans.version(plan.planId, portfolioId, plan.version);
    await context.emit(budgetPlanChanged, { occurredAt: at, data: plan.document });
  }
}
