import type { Instant } from '@risk-budget/contracts';
import { BudgetPlanStore, budgetsOf, seenAt, type BudgetLookup } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { Injectable } from '@nestjs/common';

/** The budgets in force, from the plans that allocation publishes. */
@Injectable()
export class ActiveBudgets {
  constructor(private readonly plans: BudgetPlanStore) {}

  async of(tx: Tx, portfolioId: string, at: Instant): Promise<BudgetLookup> {
    return budgetsOf(await this.plans.active(portfolioId, seenAt(at), tx));
  }
}
