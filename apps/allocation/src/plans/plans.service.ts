import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BudgetPlan, Clock } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { allowedActions, CLOCK, nextState, type IfMatchCondition, type Principal } from '@risk-budget/service-kit';
import { AllocationError } from '../errors.js';
import { PlanActivationService } from './plan-activation.service.js';
import { PlanContentsService, type PlanContents } from './plan-contents.service.js';
import { planMachine, type PlanAction } from './plan-states.js';
import { PlanWriter, type PlanChange } from './plan-writer.js';
import type { DecisionBody, PlanBody } from './plan.schemas.js';
import { personKey, PlansRepository, type PlanRecord } from './plans.repository.js';

/** What people do with plans. */
@Injectable()
export class PlansService {
  constructor(
    private readonly plans: PlansRepository,
    private readonly contents: PlanContentsService,
    private readonly writer: PlanWriter,
    private readonly activation: PlanActivationService,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async draft(portfolioId: string, body: PlanBody, principal: Principal): Promise<PlanRecord> {
    return this.persistence.transaction(async (tx) => {
      const at = this.clock.now();
      const contents = await this.contents.of(tx, portfolioId, body, at);
      const planId = randomUUID();
      const plan: PlanRecord = {
        planId,
        portfolioId,
        version: 0,
        status: 'draft',
        effectiveFrom: contents.effectiveFrom,
        document: {
          planId,
          portfolioId,
          version: 0,
          change: 'drafted',
          status: 'draft',
          proposedBy: principal.subject,
          approvedBy: null,
          ...documentOf(contents),
        },
        allocationId: contents.allocationId,
        people: { editors: [principal.actor], approver: null },
        awaitsModel: false,
        draftedAt: at,
        approvedAt: null,
        activatedAt: null,
        endedAt: null,
      };
      return this.writer.draft(tx, plan, principal.actor, at);
    });
  }

  /** Replaces what a draft says; whoever edits it can no longer approve it. */
  async edit(
    portfolioId: string,
    planId: string,
    body: PlanBody,
    ifMatch: IfMatchCondition,
    principal: Principal,
  ): Promise<PlanRecord> {
    return this.locked(portfolioId, planId, 'edit', async (tx, plan) => {
      ifMatch.require(plan.version);
      const at = this.clock.now();
      const contents = await this.contents.of(tx, portfolioId, body, at);
      const editors = plan.people.editors.some((editor) => principal.isSameAs(editor))
        ? plan.people.editors
        : [...plan.people.editors, principal.actor];
      return this.writer.write(tx, plan, {
        change: 'drafted',
        status: 'draft',
        actor: principal.actor,
        at,
        reason: contents.reason,
        document: documentOf(contents),
        record: { allocationId: contents.allocationId, people: { editors, approver: null } },
      });
    });
  }

  async approve(
    portfolioId: string,
    planId: string,
    decision: DecisionBody,
    ifMatch: IfMatchCondition,
    principal: Principal,
  ): Promise<PlanRecord> {
    return this.locked(portfolioId, planId, 'approve', async (tx, plan) => {
      ifMatch.require(plan.version);
      requireAnother(plan, principal);
      const at = this.clock.now();
      const approved = await this.writer.write(tx, plan, {
        change: 'approved',
        status: 'approved',
        actor: principal.actor,
        at,
        reason: decision.reason ?? plan.document.reason,
        document: { approvedBy: principal.subject },
        record: { approvedAt: at, people: { ...plan.people, approver: principal.actor } },
      });
      return this.activation.arrange(tx, approved, at, principal.actor);
    });
  }

  async reject(
    portfolioId: string,
    planId: string,
    decision: DecisionBody,
    ifMatch: IfMatchCondition,
    principal: Principal,
  ): Promise<PlanRecord> {
    return this.locked(portfolioId, planId, 'reject', async (tx, plan) => {
      ifMatch.require(plan.version);
      requireAnother(plan, principal);
      return this.writer.write(tx, plan, this.ending('rejected', decision, principal));
    });
  }

  async withdraw(
    portfolioId: string,
    planId: string,
    decision: DecisionBody,
    ifMatch: IfMatchCondition,
    principal: Principal,
  ): Promise<PlanRecord> {
    return this.locked(portfolioId, planId, 'withdraw', async (tx, plan) => {
      ifMatch.require(plan.version);
      await this.activation.cancel(tx, plan);
      return this.writer.write(tx, plan, this.ending('withdrawn', decision, principal));
    });
  }

  /** For a plan without a time of its own. */
  async activate(
    portfolioId: string,
    planId: string,
    decision: DecisionBody,
    ifMatch: IfMatchCondition,
    principal: Principal,
  ): Promise<PlanRecord> {
    return this.locked(portfolioId, planId, 'activate', async (tx, plan) => {
      ifMatch.require(plan.version);
      if (plan.effectiveFrom !== null) {
        throw new AllocationError(
          'ALLOCATION.WRONG_STATE',
          `The plan '${planId}' was approved for ${plan.effectiveFrom} and comes into force by itself.`,
        );
      }
      return this.activation.activate(tx, plan, this.clock.now(), principal.actor, decision.reason);
    });
  }

  private ending(status: 'rejected' | 'withdrawn', decision: DecisionBody, principal: Principal): PlanChange {
    const at = this.clock.now();
    return { change: status, status, actor: principal.actor, at, reason: decision.reason, record: { endedAt: at } };
  }

  private locked(
    portfolioId: string,
    planId: string,
    action: PlanAction,
    work: (tx: Tx, plan: PlanRecord) => Promise<PlanRecord>,
  ): Promise<PlanRecord> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const plan = await this.plans.get(portfolioId, planId, tx);
      requireAction(plan, action);
      return work(tx, plan);
    });
  }
}

/** @throws AllocationError `WRONG_STATE` */
export function requireAction(plan: PlanRecord, action: PlanAction): void {
  if (nextState(planMachine, plan.status, action) !== undefined) return;
  const allowed = allowedActions(planMachine, plan.status);
  throw new AllocationError(
    'ALLOCATION.WRONG_STATE',
    `The plan '${plan.planId}' is ${plan.status}, which does not allow '${action}'.`,
    [{ field: 'status', problem: `is ${plan.status}`, allowed: allowed.join(', ') || 'nothing: this is its end' }],
  );
}

/** @throws AllocationError `OWN_APPROVAL` for whoever has written the version */
function requireAnother(plan: PlanRecord, principal: Principal): void {
  const own = personKey(principal);
  if (!plan.people.editors.some((editor) => personKey(editor) === own)) return;
  throw new AllocationError('ALLOCATION.OWN_APPROVAL', 'Whoever proposed or edited a plan does not decide on it.');
}

function documentOf(
  contents: PlanContents,
): Omit<BudgetPlan, 'planId' | 'portfolioId' | 'version' | 'change' | 'status' | 'proposedBy' | 'approvedBy'> {
  const { allocationId: _, reason, ...document } = contents;
  return { ...document, ...(reason === undefined ? {} : { reason }) };
}
