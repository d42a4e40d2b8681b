import { Injectable } from '@nestjs/common';
import { CodedError, defaultRiskPolicy, type BudgetPlan, type RiskPolicy } from '@risk-budget/contracts';
import {
  BudgetPlanStore,
  PortfolioInputsLoader,
  RiskModelStore,
  type ArrivedTick,
  type AsOf,
  type InputsBetween,
  type LoadedRiskModel,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { evaluatePortfolio, type PortfolioEvaluation } from '@risk-budget/risk-math';
import { asCodedError } from '../errors.js';

/** A portfolio at a moment: everything its figures rest on, and the figures. */
export interface EvaluatedPortfolio {
  readonly inputs: PortfolioInputs;
  readonly evaluation: PortfolioEvaluation;
  /** The plan in force; null while there is none. */
  readonly plan: BudgetPlan | null;
}

/** What decides the specification of the figures before anything is loaded. */
export interface Basis {
  readonly plan: BudgetPlan | null;
  readonly policy: RiskPolicy;
  /** The newest model of that policy. */
  readonly model: LoadedRiskModel | undefined;
}

/** What a portfolio's figures rest on at a moment. */
export type Ending = Pick<EvaluatedPortfolio, 'inputs' | 'plan'>;

/** Evaluates portfolios as of a moment, with the policy of the plan in force then and that policy's newest model. */
@Injectable()
export class PortfolioComputation {
  constructor(
    private readonly loader: PortfolioInputsLoader,
    private readonly plans: BudgetPlanStore,
    private readonly models: RiskModelStore,
  ) {}

  async basis(portfolioId: string, at: AsOf, tx?: Tx): Promise<Basis> {
    const plan = (await this.plans.active(portfolioId, at, tx)) ?? null;
    const policy = plan?.policy ?? defaultRiskPolicy;
    return { plan, policy, model: await this.models.latest(portfolioId, at, policy, tx) };
  }

  /**
   * @param unseenTicks ids of the events of ticks that are left out, as if they had not come yet
   * @throws CodedError when the data as of the moment do not allow figures; see {@link isNotEvaluable}
   */
  async evaluate(
    portfolioId: string,
    at: AsOf,
    basis: Basis,
    tx?: Tx,
    unseenTicks: readonly string[] = [],
  ): Promise<EvaluatedPortfolio> {
    const inputs = await this.inputs(portfolioId, at, { ...basis, unseenTicks }, tx);
    return { inputs, evaluation: evaluated(inputs), plan: basis.plan };
  }

  /** What a portfolio's figures rest on at a moment; undefined when there are none then. */
  async ending(portfolioId: string, at: AsOf, tx: Tx): Promise<Ending | undefined> {
    try {
      const basis = await this.basis(portfolioId, at, tx);
      return { plan: basis.plan, inputs: await this.inputs(portfolioId, at, basis, tx) };
    } catch (error) {
      if (isNotEvaluable(error)) return undefined;
      throw error;
    }
  }

  /**
   * What a portfolio's figures rest on after each of some ticks that have come since an evaluation.
   *
   * @param ending of the moment of the last of them
   * @returns undefined when more than ticks has become visible in between, or another day has begun: each state has to be read by itself then
   */
  async between(
    { inputs, plan }: EvaluatedPortfolio,
    ending: Ending,
    ticks: readonly ArrivedTick[],
    tx: Tx,
  ): Promise<InputsBetween | undefined> {
    if (ending.plan?.planId !== plan?.planId || ending.plan?.version !== plan?.version) return undefined;
    return this.loader.between(inputs, ending.inputs, ticks, tx);
  }

  private inputs(
    portfolioId: string,
    at: AsOf,
    { policy, model, unseenTicks = [] }: Basis & { readonly unseenTicks?: readonly string[] },
    tx?: Tx,
  ): Promise<PortfolioInputs> {
    return this.loader.load({ portfolioId, at, policy, unseenTicks, ...(model === undefined ? {} : { model }) }, tx);
  }

  /** The same with the basis of that moment. */
  async evaluateAt(portfolioId: string, at: AsOf, tx?: Tx): Promise<EvaluatedPortfolio> {
    return this.evaluate(portfolioId, at, await this.basis(portfolioId, at, tx), tx);
  }
}

/** @throws UtilizationError `UTILIZATION.NOT_COMPUTABLE` where the mathematics refuses */
export function evaluated(inputs: PortfolioInputs): PortfolioEvaluation {
  try {
    return evaluatePortfolio(inputs.evaluation);
  } catch (error) {
    throw asCodedError(error);
  }
}

/** Whether an error says that the state of the data does not allow figures, as opposed to a failure of ours or of the database. */
export function isNotEvaluable(error: unknown): error is CodedError {
  return CodedError.is(error) && !error.retryable && (error.status === 422 || error.status === 404);
}
