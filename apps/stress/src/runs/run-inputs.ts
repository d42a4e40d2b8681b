import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { BudgetPlanStore, PortfolioInputsLoader, RiskModelStore, seenAt } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { StressError } from '../errors.js';
import { stressedPortfolio, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';

/** Loads portfolios as utilization does: the policy of the plan in force, that policy's newest model, the marks of the moment. */
@Injectable()
export class RunInputs {
  constructor(
    private readonly loader: PortfolioInputsLoader,
    private readonly plans: BudgetPlanStore,
    private readonly models: RiskModelStore,
  ) {}

  /**
   * @param at business time: nothing learned later is seen
   * @throws MarketDataError as the loader; StressError `STRESS.NO_POSITIONS`
   */
  async load(portfolioId: string, at: Instant, tx?: Tx): Promise<StressedPortfolio> {
    const policy = await this.plans.policy(portfolioId, seenAt(at), tx);
    const model = await this.models.latest(portfolioId, seenAt(at), policy, tx);
    const query = { portfolioId, at: seenAt(at), policy, historical: false };
    const inputs = await this.loader.load({ ...query, ...(model === undefined ? {} : { model }) }, tx);
    if (inputs.positions.length === 0) {
      throw new StressError('STRESS.NO_POSITIONS', `The portfolio '${portfolioId}' holds no positions at ${at}.`);
    }
    return stressedPortfolio(inputs);
  }
}
