import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { AuditService, CLOCK, nextState, type Principal } from '@risk-budget/service-kit';
import { AdjustmentTimer } from '../adjustments/adjustment.timer.js';
import { AllocationError } from '../errors.js';
import { PlansRepository } from '../plans/plans.repository.js';
import { DynamicPoliciesRepository } from './dynamic-policies.repository.js';
import { dynamicPolicyMachine, type DynamicPolicyAction } from './dynamic-policy-states.js';
import type { DynamicPolicy, DynamicPolicyBody } from './dynamic-policy.schemas.js';

/** Dynamic policies: proposed by one person, approved by another; one in force a portfolio. */
@Injectable()
export class DynamicPoliciesService {
  constructor(
    private readonly policies: DynamicPoliciesRepository,
    private readonly plans: PlansRepository,
    private readonly timer: AdjustmentTimer,
    private readonly audit: AuditService,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async propose(
    portfolioId: string,
    { reason, ...rules }: DynamicPolicyBody,
    principal: Principal,
  ): Promise<DynamicPolicy> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const policy: DynamicPolicy = {
        dynamicPolicyId: randomUUID(),
        portfolioId,
        version: await this.policies.nextVersion(tx, portfolioId),
        status: 'proposed',
        rules,
        reason: reason ?? null,
        proposer: { ...principal.actor },
        approver: null,
        proposedAt: this.clock.now(),
        approvedAt: null,
        endedAt: null,
      };
      await this.policies.insert(tx, policy);
      await this.record(tx, policy, principal);
      return policy;
    });
  }

  /** It takes the place of the one in force, and looks at once at what is known of the market. */
  async approve(portfolioId: string, dynamicPolicyId: string, principal: Principal): Promise<DynamicPolicy> {
    return this.decide(portfolioId, dynamicPolicyId, 'approve', principal, async (tx, policy) => {
      requireAnother(policy, principal);
      const at = this.clock.now();
      const before = await this.policies.active(tx, portfolioId);
      if (before !== undefined) {
        const superseded: DynamicPolicy = { ...before, status: 'superseded', endedAt: at };
        await this.policies.update(tx, superseded);
        await this.record(tx, superseded, principal);
      }
      await this.timer.schedule(tx, portfolioId, at);
      return { ...policy, approver: { ...principal.actor }, approvedAt: at };
    });
  }

  async reject(portfolioId: string, dynamicPolicyId: string, principal: Principal): Promise<DynamicPolicy> {
    return this.decide(portfolioId, dynamicPolicyId, 'reject', principal, (_tx, policy) => {
      requireAnother(policy, principal);
      return { ...policy, endedAt: this.clock.now() };
    });
  }

  async withdraw(portfolioId: string, dynamicPolicyId: string, principal: Principal): Promise<DynamicPolicy> {
    return this.decide(portfolioId, dynamicPolicyId, 'withdraw', principal, (_tx, policy) => ({
      ...policy,
      endedAt: this.clock.now(),
    }));
  }

  /** Ends the policy in force. Budgets stay where it has put them, until a new plan or policy. */
  async retire(portfolioId: string, dynamicPolicyId: string, principal: Principal): Promise<DynamicPolicy> {
    return this.decide(portfolioId, dynamicPolicyId, 'retire', principal, (_tx, policy) => ({
      ...policy,
      endedAt: this.clock.now(),
    }));
  }

  private decide(
    portfolioId: string,
    dynamicPolicyId: string,
    action: DynamicPolicyAction,
    principal: Principal,
    work: (tx: Tx, policy: DynamicPolicy) => Promise<DynamicPolicy> | DynamicPolicy,
  ): Promise<DynamicPolicy> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const policy = await this.policies.get(portfolioId, dynamicPolicyId, tx);
      const status = nextState(dynamicPolicyMachine, policy.status, action);
      if (status === undefined) {
        throw new AllocationError(
          'ALLOCATION.WRONG_STATE',
          `The dynamic policy '${dynamicPolicyId}' is ${policy.status}, which does not allow '${action}'.`,
        );
      }
      const decided: DynamicPolicy = { ...(await work(tx, policy)), status };
      await this.policies.update(tx, decided);
      await this.record(tx, decided, principal);
      return decided;
    });
  }

  private async record(tx: Tx, policy: DynamicPolicy, principal: Principal): Promise<void> {
    await this.audit.append(tx, {
      chain: policy.portfolioId,
      actor: principal.actor,
      action: `dynamicPolicy.${policy.status}`,
      subject: policy.dynamicPolicyId,
      data: { policy },
      occurredAt: policy.endedAt ?? policy.approvedAt ?? policy.proposedAt,
    });
  }
}

function requireAnother(policy: DynamicPolicy, principal: Principal): void {
  if (!principal.isSameAs(policy.proposer)) return;
  throw new AllocationError('ALLOCATION.OWN_APPROVAL', 'Whoever proposed a dynamic policy does not decide on it.');
}
