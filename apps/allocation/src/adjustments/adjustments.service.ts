import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type BudgetAdjustment, type BudgetPlan, type Clock, type Instant } from '@risk-budget/contracts';
import { businessCalendar, PortfolioStore } from '@risk-budget/market-data';
import { isInfrastructureError, Persistence, type Tx } from '@risk-budget/persistence';
import {
  CLOCK,
  Logger,
  Metrics,
  TimerHandler,
  type FiredTimer,
  type Principal,
  type TimerContext,
} from '@risk-budget/service-kit';
import { DynamicPoliciesRepository } from '../dynamic-policies/dynamic-policies.repository.js';
import type { DynamicPolicy } from '../dynamic-policies/dynamic-policy.schemas.js';
import { ReadingsRepository } from '../dynamic-policies/readings.repository.js';
import { AllocationError } from '../errors.js';
import { serviceActor } from '../plans/plan-activation.service.js';
import { PlanContentsService, type Retargeted } from '../plans/plan-contents.service.js';
import { PlanWriter } from '../plans/plan-writer.js';
import type { DecisionBody } from '../plans/plan.schemas.js';
import { PlansRepository, type PlanRecord } from '../plans/plans.repository.js';
import { RebalancingService } from '../rebalancing/rebalancing.service.js';
import { ADJUSTMENT } from './adjustment.timer.js';
import { decideFactor, mostLikely, type MarketReading } from './adjustment-rule.js';
import type { Adjustment } from './adjustment.schemas.js';
import { scaledPlan, type Scalable } from './adjusted-plan.js';
import { AdjustmentsRepository } from './adjustments.repository.js';

/** Scales the budgets of the plan in force as the approved dynamic policy says, and lets limits follow a rise when a person approves it. */
@Injectable()
export class AdjustmentsService {
  private readonly made;

  constructor(
    private readonly policies: DynamicPoliciesRepository,
    private readonly readings: ReadingsRepository,
    private readonly adjustments: AdjustmentsRepository,
    private readonly plans: PlansRepository,
    private readonly contents: PlanContentsService,
    private readonly writer: PlanWriter,
    private readonly rebalancing: RebalancingService,
    private readonly portfolios: PortfolioStore,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.made = metrics.counter('risk_budget_budget_adjustments_total', 'Budgets scaled by a dynamic policy', [
      'direction',
    ]);
  }

  @TimerHandler(ADJUSTMENT)
  async onTimer(timer: FiredTimer, { tx }: TimerContext): Promise<void> {
    const portfolioId = timer.key;
    const policy = await this.policies.active(tx, portfolioId);
    if (policy === undefined) return;
    await this.plans.lock(tx, portfolioId);
    const plan = await this.plans.active(tx, portfolioId);
    if (plan !== undefined) await this.follow(tx, policy, plan, timer.dueAt);
  }

  /** Lets share-of-budget limits follow the last rise: until then they stay where the reduction before it has put them. */
  async approveLimits(
    portfolioId: string,
    adjustmentId: string,
    decision: DecisionBody,
    principal: Principal,
  ): Promise<Adjustment> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const adjustment = await this.adjustments.get(portfolioId, adjustmentId, tx);
      const plan = await this.plans.active(tx, portfolioId);
      const last = plan?.document.adjustment;
      if (plan === undefined || last?.adjustmentId !== adjustmentId || last.limitFactor >= last.factor) {
        throw new AllocationError(
          'ALLOCATION.WRONG_STATE',
          `No rise of limits waits for the adjustment '${adjustmentId}': it is not the last of the plan in force, or limits follow it already.`,
        );
      }
      const at = this.clock.now();
      const changed = await this.writer.write(tx, plan, {
        change: 'adjusted',
        status: 'active',
        actor: principal.actor,
        at,
        reason: decision.reason ?? `limits follow the budgets to ${last.factor}`,
        document: { adjustment: { ...last, limitFactor: last.factor } },
      });
      const limitApproval = { at, approver: { ...principal.actor }, planVersion: changed.version };
      await this.adjustments.approveLimits(tx, adjustmentId, limitApproval);
      return { ...adjustment, limitApproval };
    });
  }

  private async follow(tx: Tx, policy: DynamicPolicy, plan: PlanRecord, at: Instant): Promise<void> {
    const previous = plan.document.adjustment;
    const factor = previous?.factor ?? 1;
    const daysSinceAdjustment = previous === undefined ? null : await this.daysBetween(tx, plan, previous.at, at);
    const reading = await this.reading(tx, policy, at);
    const decision = decideFactor(policy.rules, { factor, daysSinceAdjustment }, reading);
    if (decision.kind === 'hold') return;
    const scaled = scaledPlan(plan.document, decision.factor / factor);
    const retargeted = await this.retargeted(tx, plan, scaled, at);
    if (retargeted === undefined) return;
    const adjustment: BudgetAdjustment = {
      adjustmentId: randomUUID(),
      dynamicPolicyId: policy.dynamicPolicyId,
      dynamicPolicyVersion: policy.version,
      at,
      factor: decision.factor,
      previousFactor: factor,
      limitFactor: Math.min(previous?.limitFactor ?? 1, decision.factor),
      direction: decision.factor < factor ? 'reduction' : 'rise',
      regime: regimeOf(reading),
      forecastVolatilityAnnual: reading.volatilityAnnual ?? null,
      reason: decision.reason,
    };
    await this.make(tx, plan, { ...scaled, ...retargeted, adjustment }, decision.wanted, retargeted.ofPolicy);
  }

  private async make(
    tx: Tx,
    plan: PlanRecord,
    { trees, targetWeights, modelId, adjustment }: Adjusted,
    wantedFactor: number,
    ofPolicy: boolean,
  ): Promise<void> {
    const { at, reason, direction } = adjustment;
    const adjusted = await this.writer.write(tx, plan, {
      change: 'adjusted',
      status: 'active',
      actor: serviceActor,
      at,
      reason,
      document: { trees, targetWeights, modelId, adjustment },
      record: { awaitsModel: !ofPolicy },
    });
    await this.adjustments.insert(tx, {
      ...adjustment,
      portfolioId: plan.portfolioId,
      planId: plan.planId,
      planVersion: adjusted.version,
      wantedFactor,
      limitApproval: null,
    });
    await this.rebalancing.onNewTargets(tx, adjusted, at, 'adjustment');
    this.made.inc({ direction });
  }

  /** The scaled plan on the risk model in force; undefined, and said so in the log, when it cannot be evaluated: the next estimate tries again. */
  private async retargeted(tx: Tx, plan: PlanRecord, scaled: Scalable, at: Instant): Promise<Retargeted | undefined> {
    try {
      return await this.contents.retargeted(tx, { ...plan.document, ...scaled }, at);
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      this.logger.error('budgets cannot be adjusted yet', { portfolioId: plan.portfolioId, at, error });
      return undefined;
    }
  }

  private async reading(tx: Tx, { rules: { regime, volatility } }: DynamicPolicy, at: Instant): Promise<MarketReading> {
    const probabilities =
      regime &&
      (await this.readings.latest(
        tx,
        { source: 'regime', kind: 'market', subjectId: regime.subjectId, detail: regime.factors.length },
        at,
      ));
    const forecast =
      volatility &&
      (await this.readings.latest(
        tx,
        {
          source: 'volatility',
          kind: volatility.kind,
          subjectId: volatility.subjectId,
          detail: volatility.horizonDays,
        },
        at,
      ));
    return { probabilities, volatilityAnnual: forecast?.[0] };
  }

  /** Business days of the portfolio's calendar after the first moment's day up to the second's. */
  private async daysBetween(tx: Tx, plan: PlanRecord, from: Instant, to: Instant): Promise<number> {
    const portfolio = await this.portfolios.get(plan.portfolioId, to, tx);
    return businessCalendar(portfolio.calendar).businessDaysBetween(from.slice(0, 10), to.slice(0, 10));
  }
}

type Adjusted = Pick<BudgetPlan, 'trees' | 'targetWeights' | 'modelId'> & { readonly adjustment: BudgetAdjustment };

function regimeOf({ probabilities }: MarketReading): BudgetAdjustment['regime'] {
  if (probabilities === undefined) return null;
  const state = mostLikely(probabilities);
  return { state, probability: probabilities[state] ?? 0 };
}
