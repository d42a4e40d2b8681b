import { Injectable } from '@nestjs/common';
import { CodedError, type Actor, type Instant } from '@risk-budget/contracts';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import {
  compareInstants,
  Logger,
  nextState,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type TimerContext,
} from '@risk-budget/service-kit';
import { RebalancingService } from '../rebalancing/rebalancing.service.js';
import { PlanContentsService, type Retargeted } from './plan-contents.service.js';
import { planMachine } from './plan-states.js';
import { PlanWriter } from './plan-writer.js';
import { PlansRepository, type PlanRecord } from './plans.repository.js';

const ACTIVATION = 'plan.activation';

/** Who does what nobody asked for at that moment. */
export const serviceActor: Actor = { subject: 'service:allocation', issuer: 'risk-budget', name: 'allocation' };

interface ActivationTimer {
  readonly portfolioId: string;
}

/** Brings approved plans into force: at once, at their time, or when the risk model that they wait for is there. */
@Injectable()
export class PlanActivationService {
  constructor(
    private readonly plans: PlansRepository,
    private readonly contents: PlanContentsService,
    private readonly writer: PlanWriter,
    private readonly rebalancing: RebalancingService,
    private readonly timers: TimerService,
    private readonly logger: Logger,
  ) {}

  /**
   * Activates a plan on the risk model in force: targets are what the target weights consume on it.
   *
   * @throws AllocationError `NO_MODEL`, `NOT_MODELLED`, `NO_BENCHMARK`
   */
  async activate(tx: Tx, plan: PlanRecord, at: Instant, actor: Actor, reason?: string): Promise<PlanRecord> {
    return this.putInForce(tx, plan, at, actor, await this.contents.retargeted(tx, plan.document, at), reason);
  }

  private async putInForce(
    tx: Tx,
    plan: PlanRecord,
    at: Instant,
    actor: Actor,
    { trees, modelId, ofPolicy }: Retargeted,
    reason?: string,
  ): Promise<PlanRecord> {
    const active = await this.writer.activate(tx, plan, {
      change: 'activated',
      status: 'active',
      actor,
      at,
      reason: reason ?? plan.document.reason,
      document: { trees, modelId, effectiveFrom: at },
      record: { activatedAt: at, awaitsModel: !ofPolicy },
    });
    await this.rebalancing.onNewTargets(tx, active, at, 'activation');
    return active;
  }

  /** After an approval: at once when its time has come, by a timer when it is to come; a plan without a time is activated by a call. */
  async arrange(tx: Tx, plan: PlanRecord, at: Instant, actor: Actor): Promise<PlanRecord> {
    if (plan.effectiveFrom === null) return plan;
    if (compareInstants(plan.effectiveFrom, at) <= 0) return (await this.attempt(tx, plan, at, actor)) ?? plan;
    await this.timers.schedule(tx, {
      kind: ACTIVATION,
      key: plan.planId,
      dueAt: plan.effectiveFrom,
      payload: { portfolioId: plan.portfolioId } satisfies ActivationTimer,
    });
    return plan;
  }

  async cancel(tx: Tx, plan: PlanRecord): Promise<void> {
    await this.timers.cancel(tx, ACTIVATION, plan.planId);
  }

  @TimerHandler(ACTIVATION)
  async onTimer(timer: FiredTimer<ActivationTimer>, { tx }: TimerContext): Promise<void> {
    const { portfolioId } = timer.payload;
    await this.plans.lock(tx, portfolioId);
    const plan = await this.plans.get(portfolioId, timer.key, tx);
    if (nextState(planMachine, plan.status, 'activate') !== undefined)
      await this.attempt(tx, plan, timer.dueAt, serviceActor);
  }

  /** A new risk model: plans that waited for any come into force, and the one in force gets the targets of its own policy. */
  async onModel(tx: Tx, portfolioId: string, at: Instant): Promise<void> {
    const waiting = await this.plans.due(tx, portfolioId, at);
    const inForce = await this.plans.active(tx, portfolioId);
    if (waiting.length === 0 && inForce?.awaitsModel !== true) return;
    await this.plans.lock(tx, portfolioId);
    for (const plan of await this.plans.due(tx, portfolioId, at)) await this.attempt(tx, plan, at, serviceActor);
    const active = await this.plans.active(tx, portfolioId);
    if (active?.awaitsModel === true) await this.adopt(tx, active, at);
  }

  private async adopt(tx: Tx, plan: PlanRecord, at: Instant): Promise<void> {
    const { trees, modelId, ofPolicy } = await this.contents.retargeted(tx, plan.document, at);
    if (!ofPolicy) return;
    await this.writer.write(tx, plan, {
      change: 'adjusted',
      status: 'active',
      actor: serviceActor,
      at,
      reason: 'targets on the first risk model of the plan’s own policy',
      document: { trees, modelId },
      record: { awaitsModel: false },
    });
  }

  /** A plan that cannot come into force yet stays approved; the next risk model tries again. */
  private async attempt(tx: Tx, plan: PlanRecord, at: Instant, actor: Actor): Promise<PlanRecord | undefined> {
    let retargeted: Retargeted;
    try {
      retargeted = await this.contents.retargeted(tx, plan.document, at);
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      this.logger.error('an approved plan cannot come into force yet', {
        portfolioId: plan.portfolioId,
        planId: plan.planId,
        at,
        error,
      });
      return undefined;
    }
    return this.putInForce(tx, plan, at, actor, retargeted);
  }
}
