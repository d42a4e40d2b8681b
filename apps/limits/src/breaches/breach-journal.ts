import { Injectable } from '@nestjs/common';
import { breachChanged, type Breach, type Instant } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { AuditService } from '@risk-budget/service-kit';
import { thisService, type Person } from '../person.js';
import { applyBreachAction, breachMachine, type BreachAction } from './breach-states.js';
import type { BreachRecord } from './breach.types.js';
import { BreachesRepository } from './breaches.repository.js';

/** What a transition changes beside the state; `by` is null for the service itself. */
export interface TransitionDetails {
  readonly at: Instant;
  readonly by: Person | null;
  readonly reason: string | null;
  readonly changes?: Partial<BreachRecord>;
}

/** The one place where breaches change their state: row, history, event and audit entry in one transaction. */
@Injectable()
export class BreachJournal {
  constructor(
    private readonly breaches: BreachesRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
  ) {}

  async open(tx: Tx, breach: BreachRecord): Promise<void> {
    await this.breaches.insert(tx, breach);
    await this.record(tx, breach, 'opened', null, { at: breach.openedAt, by: null, reason: breach.reason });
  }

  /**
   * Applies an action and records it.
   *
   * @returns the breach after it
   * @throws ConflictError `LIMITS.BREACH_TRANSITION_REFUSED`
   */
  async apply(tx: Tx, breach: BreachRecord, action: BreachAction, details: TransitionDetails): Promise<BreachRecord> {
    const state = applyBreachAction(breach.breachId, breach.state, action);
    const after: BreachRecord = {
      ...breach,
      reason: details.reason,
      ...details.changes,
      state,
      resolvedAt: breachMachine.final.includes(state) ? details.at : null,
      revision: breach.revision + 1,
    };
    await this.breaches.update(tx, after);
    await this.record(tx, after, action, breach.state, details);
    return after;
  }

  private async record(
    tx: Tx,
    breach: BreachRecord,
    transition: Breach['transition'],
    from: BreachRecord['state'] | null,
    details: TransitionDetails,
  ): Promise<void> {
    const data = publishedBreach(breach, transition, details);
    await this.breaches.addTransition(tx, breach.breachId, {
      transition,
      from,
      to: breach.state,
      at: details.at,
      by: details.by,
      event: data,
    });
    await this.outbox.emit(tx, breachChanged, {
      occurredAt: details.at,
      data,
      ...(details.by === null ? {} : { actor: details.by }),
    });
    await this.audit.append(tx, {
      chain: breach.portfolioId,
      actor: details.by ?? thisService,
      action: `breach.${transition}`,
      subject: breach.breachId,
      data: { ...data },
      occurredAt: details.at,
    });
  }
}

function publishedBreach(breach: BreachRecord, transition: Breach['transition'], details: TransitionDetails): Breach {
  const { remediationPlan, remediationDueAt } = breach;
  return {
    breachId: breach.breachId,
    portfolioId: breach.portfolioId,
    limitId: breach.limitId,
    limitVersion: breach.limitVersion,
    severity: breach.severity,
    transition,
    state: breach.state,
    nature: breach.nature,
    at: details.at,
    openedAt: breach.openedAt,
    snapshotId: breach.snapshotId,
    value: breach.value,
    bound: breach.bound,
    worstValue: breach.worstValue,
    nodeId: breach.nodeId,
    measure: breach.measure,
    budgetMeasure: breach.budgetMeasure,
    heldSnapshotId: breach.heldSnapshotId,
    escalationStep: breach.escalationStep,
    by: details.by?.subject ?? null,
    reason: details.reason,
    waiverExpiresAt: breach.waiverExpiresAt,
    remediation:
      remediationPlan === null || remediationDueAt === null ? null : { plan: remediationPlan, dueAt: remediationDueAt },
  };
}
