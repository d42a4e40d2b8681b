import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { topics, type BudgetPlan } from '@risk-budget/contracts';
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
  async onPlans(@Payload() events: readonly ReceivedEvent<BudgetPlan>[], @Ctx() { tx }: BatchContext): Promise<void> {
    for (const event of events) {
      if (!(await this.plans.put(event.data, event, tx))) continue;
      const { portfolioId, effectiveFrom } = event.data;
      const earliest = effectiveFrom ?? event.occurredAt;
      await this.notifier.notify([changeOf('budgetPlan', event, { portfolioIds: [portfolioId], earliest })], tx);
    }
  }
}
