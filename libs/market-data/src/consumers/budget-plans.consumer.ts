import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type BudgetPlanChange } from '@risk-budget/contracts';
import { BatchContext, type ReceivedEvent } from '@risk-budget/messaging';
import { BudgetPlanStore } from '../models/budget-plan.store.js';
import { changeOf, ChangeNotifier } from './change-notifier.js';

/** Stores the budget plans that allocation publishes. */
@Controller()
export class BudgetPlansConsumer {
  constructor(
    private readonly plans: BudgetPlanStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  @EventPattern<string>(topics.budgets.name)
  async onPlans(
    @Payload() events: readonly ReceivedEvent<BudgetPlanChange>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const event of events) {
      const { active, ...plan } = event.data;
      // The topic may have kept this event alone of the portfolio's: what it repeats is then news.
      if (active !== undefined && !(await this.plans.has(active, tx))) {
        await this.plans.put(active, { id: randomUUID(), occurredAt: event.occurredAt }, tx);
      }
      if (!(await this.plans.put(plan, event, tx))) continue;
      const { portfolioId, effectiveFrom } = plan;
      const earliest = effectiveFrom ?? event.occurredAt;
      await this.notifier.notify([changeOf('budgetPlan', event, { portfolioIds: [portfolioId], earliest })], tx);
    }
  }
}
