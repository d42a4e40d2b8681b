import type { BudgetPlan, RiskPolicy } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** Budget plans through their life, and which one is active. */
export abstract class BudgetPlanStore {
  /** @returns false when it was stored already */
  abstract put(plan: BudgetPlan, source: Source, tx?: Tx): Promise<boolean>;
  /** The plan in force. */
  abstract active(portfolioId: string, at: AsOf, tx?: Tx): Promise<BudgetPlan | undefined>;
  /** The policy of the plan in force; the named default policy without one. */
  abstract policy(portfolioId: string, at: AsOf, tx?: Tx): Promise<RiskPolicy>;
}
