import { riskModelPublished } from '@risk-budget/contracts';
import { RiskModelStore } from '@risk-budget/market-data';
import type { RepublishContext } from '@risk-budget/service-kit';
import { ModelEstimatesRepository } from './model-estimates.repository.js';

/** Later than every business time. */
const ALWAYS = '9999-12-31T23:59:59.999Z';

/** Publishes the model in force of one portfolio, or of each, again: the same model by the same id. */
export async function republishModels(context: RepublishContext): Promise<void> {
  const estimates = context.get(ModelEstimatesRepository);
  const models = context.get(RiskModelStore);
  const portfolioIds = context.key === undefined ? await estimates.portfolios(context.tx) : [context.key];
  for (const portfolioId of portfolioIds) {
    const latest = await estimates.latest(portfolioId, ALWAYS, context.tx);
    if (latest === undefined) continue;
    const { model } = await models.get(latest.modelId, context.tx);
    await context.emit(riskModelPublished, { occurredAt: model.knownAt, data: model });
  }
}
