import { Injectable } from '@nestjs/common';
import { CodedError, defaultRiskPolicy, type BudgetPlan, type Instant } from '@risk-budget/contracts';
import {
  BudgetPlanStore,
  evaluatedFigures,
  PortfolioInputsLoader,
  RiskModelStore,
  seenAt,
  type Figures,
  type PortfolioInputs,
  type Trade,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { evaluatePortfolio, RiskMathError } from '@risk-budget/risk-math';
import { notComputable } from '../errors.js';

/** A portfolio as it is now, ready for what-ifs. */
export interface CurrentPortfolio {
  readonly inputs: PortfolioInputs;
  readonly plan: BudgetPlan | undefined;
}

/** Figures of portfolios as utilization computes them: same inputs, same model, same evaluator. */
@Injectable()
export class PortfolioFigures {
  constructor(
    private readonly loader: PortfolioInputsLoader,
    private readonly models: RiskModelStore,
    private readonly plans: BudgetPlanStore,
  ) {}

  /** @throws CodedError `MARKET_DATA.…` when positions, prices or the model are missing */
  async current(tx: Tx, portfolioId: string, at: Instant): Promise<CurrentPortfolio> {
    const plan = await this.plans.active(portfolioId, seenAt(at), tx);
    const policy = plan?.policy ?? defaultRiskPolicy;
    const model = await this.models.latest(portfolioId, seenAt(at), policy, tx);
    const query = { portfolioId, at: seenAt(at), policy, ...(model === undefined ? {} : { model }) };
    return { inputs: await this.loader.load(query, tx), plan };
  }

  async withTrades(tx: Tx, inputs: PortfolioInputs, trades: readonly Trade[]): Promise<PortfolioInputs> {
    return trades.length === 0 ? inputs : this.loader.withTrades(inputs, trades, tx);
  }

  /** @throws CodedError `LIMITS.NOT_COMPUTABLE` when too little is modelled, or the mathematics refuses */
  figures(inputs: PortfolioInputs, plan: BudgetPlan | undefined): Figures {
    const { modelledShare, policy } = inputs;
    if (modelledShare < policy.modelledShareFloor) {
      throw notComputable(
        `Only ${modelledShare} of the gross exposure has a risk model; the policy asks for ${policy.modelledShareFloor}.`,
      );
    }
    try {
      return evaluatedFigures(evaluatePortfolio(inputs.evaluation), inputs, plan);
    } catch (error) {
      if (error instanceof RiskMathError && !CodedError.is(error)) throw notComputable(error.message, error);
      throw error;
    }
  }
}
