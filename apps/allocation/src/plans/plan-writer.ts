import { Injectable } from '@nestjs/common';
import { budgetPlanChanged, type Actor, type BudgetPlan, type Instant, type PlanStatus } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { AuditService, Metrics } from '@risk-budget/service-kit';
import { PlansRepository, type PlanRecord } from './plans.repository.js';

/** What changes about a plan, by whom and when. */
export interface PlanChange {
  readonly change: BudgetPlan['change'];
  readonly status: PlanStatus;
  readonly actor: Actor;
  readonly at: Instant;
  readonly reason?: string | undefined;
  readonly document?: Partial<BudgetPlan>;
  readonly record?: Partial<PlanRecord>;
}

/** Writes each change of a plan with its version, its event and its entry in the audit chain. */
@Injectable()
export class PlanWriter {
  private readonly changes;

  constructor(
    private readonly plans: PlansRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    metrics: Metrics,
  ) {
    this.changes = metrics.counter('risk_budget_plan_changes_total', 'Changes of budget plans', ['change']);
  }

  /** The first version of a plan. */
  async draft(tx: Tx, plan: PlanRecord, actor: Actor, at: Instant): Promise<PlanRecord> {
    const drafted = changed(plan, await this.plans.nextVersion(tx, plan.portfolioId), {
      change: 'drafted',
      status: 'draft',
      actor,
      at,
      reason: plan.document.reason,
    });
    await this.plans.insert(tx, drafted);
    await this.publish(tx, drafted, actor, at);
    return drafted;
  }

  /** Applies a change to a plan that is not the one in force afterwards, or to the one in force itself. */
  async write(tx: Tx, plan: PlanRecord, change: PlanChange): Promise<PlanRecord> {
    const next = changed(plan, await this.plans.nextVersion(tx, plan.portfolioId), change);
    await this.plans.update(tx, next);
    await this.publish(tx, next, change.actor, change.at);
    return next;
  }

  /** Puts a plan in force; the one before is told to be superseded after that. */
  async activate(tx: Tx, plan: PlanRecord, change: PlanChange): Promise<PlanRecord> {
    const before = await this.plans.active(tx, plan.portfolioId);
    const next = changed(plan, await this.plans.nextVersion(tx, plan.portfolioId), change);
    if (before === undefined) {
      await this.plans.update(tx, next);
      await this.publish(tx, next, change.actor, change.at);
      return next;
    }
    const superseded = changed(before, await this.plans.nextVersion(tx, plan.portfolioId), {
      change: 'superseded',
      status: 'superseded',
      actor: change.actor,
      at: change.at,
      reason: undefined,
      record: { endedAt: change.at, awaitsModel: false },
    });
    await this.plans.update(tx, superseded);
    await this.plans.update(tx, next);
    await this.publish(tx, next, change.actor, change.at);
    await this.publish(tx, superseded, change.actor, change.at);
    return next;
  }

  private async publish(tx: Tx, plan: PlanRecord, actor: Actor, at: Instant): Promise<void> {
    const { document, portfolioId, planId } = plan;
    await this.plans.insertVersion(tx, document, at, actor);
    const active = plan.status === 'active' ? undefined : await this.plans.active(tx, portfolioId);
    await this.outbox.emit(tx, budgetPlanChanged, {
      occurredAt: at,
      actor,
      data: active === undefined ? document : { ...document, active: active.document },
    });
    await this.audit.append(tx, {
      chain: portfolioId,
      actor,
      action: `plan.${document.change}`,
      subject: planId,
      data: { version: document.version, status: document.status, reason: document.reason ?? null, plan: document },
      occurredAt: at,
    });
    this.changes.inc({ change: document.change });
  }
}

function changed(plan: PlanRecord, version: number, change: PlanChange): PlanRecord {
  const { reason: _, ...before } = plan.document;
  const document: BudgetPlan = {
    ...before,
    ...change.document,
    version,
    change: change.change,
    status: change.status,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  };
  return { ...plan, ...change.record, version, status: change.status, effectiveFrom: document.effectiveFrom, document };
}
