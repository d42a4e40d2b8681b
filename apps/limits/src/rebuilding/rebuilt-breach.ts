import type { Breach } from '@risk-budget/contracts';
import type { ReceivedEvent } from '@risk-budget/messaging';
import type { BreachRecord, BreachTransition } from '../breaches/breach.types.js';
import type { LimitVersion } from '../definitions/limit.types.js';
import { defaultEscalationPolicyId } from '../escalation/escalation-policy.types.js';
import { personKey, type Person } from '../person.js';

/** A breach with its whole history. */
export interface RebuiltBreach {
  readonly breach: BreachRecord;
  readonly transitions: readonly Omit<BreachTransition, 'ordinal'>[];
}

/** A breach and its life, from what was published of it, in order. @param version of the limit that it broke */
export function rebuiltBreach(
  events: readonly ReceivedEvent<Breach>[],
  version: LimitVersion,
): RebuiltBreach | undefined {
  let breach: BreachRecord | undefined;
  const transitions: Omit<BreachTransition, 'ordinal'>[] = [];
  for (const { data, actor } of events) {
    const from = breach?.state ?? null;
    breach = breach === undefined ? opened(data, version) : after(breach, data, personOf(data, actor));
    const { transition, state: to, at } = data;
    transitions.push({ transition, from, to, at, by: personOf(data, actor), event: data });
  }
  return breach === undefined ? undefined : { breach, transitions };
}

function personOf({ by }: Breach, actor: Person | undefined): Person | null {
  if (by === null) return null;
  return actor?.subject === by ? actor : { subject: by, issuer: 'limits.breaches' };
}

function opened(data: Breach, { proposal, nodeId }: LimitVersion): BreachRecord {
  const { breachId, portfolioId, limitId, limitVersion, severity, state, nature, openedAt, snapshotId } = data;
  return {
    ...{ breachId, portfolioId, limitId, limitVersion, severity, state, nature, openedAt, snapshotId },
    direction: proposal.direction,
    measure: data.measure ?? proposal.measure,
    budgetMeasure: data.budgetMeasure ?? proposal.budgetMeasure ?? null,
    nodeId: data.nodeId === '' ? nodeId : data.nodeId,
    resolvedAt: null,
    heldSnapshotId: data.heldSnapshotId ?? null,
    value: data.value,
    bound: data.bound,
    worstValue: data.worstValue,
    escalationPolicyId: proposal.escalationPolicyId ?? defaultEscalationPolicyId,
    escalationStep: data.escalationStep,
    ladder: 1,
    ladderStartedAt: openedAt,
    acknowledgedBy: null,
    acknowledgedAt: null,
    waivedBy: null,
    waiverExpiresAt: data.waiverExpiresAt,
    remediationPlan: null,
    remediationDueAt: null,
    remediationAuthors: [],
    reason: data.reason,
    revision: 1,
  };
}

function after(breach: BreachRecord, data: Breach, by: Person | null): BreachRecord {
  const { transition, at } = data;
  // A waiver and a remediation that ran out start the ladder again.
  const restarts = transition === 'waiverExpired' || (transition === 'escalated' && breach.state === 'remediating');
  const plans = transition === 'remediationPlanned' && by !== null;
  return {
    ...breach,
    ...{ limitVersion: data.limitVersion, state: data.state, nature: data.nature, snapshotId: data.snapshotId },
    ...{ value: data.value, bound: data.bound, worstValue: data.worstValue, escalationStep: data.escalationStep },
    ...(restarts ? { ladder: breach.ladder + 1, ladderStartedAt: at } : {}),
    ...(transition === 'acknowledged' ? { acknowledgedBy: by, acknowledgedAt: at } : {}),
    ...(transition === 'waived' ? { waivedBy: by } : {}),
    ...(transition === 'waiverExpired' || plans ? { waivedBy: null } : {}),
    ...(plans ? { remediationAuthors: [...new Set([...breach.remediationAuthors, personKey(by)])] } : {}),
    waiverExpiresAt: data.waiverExpiresAt,
    remediationPlan: data.remediation?.plan ?? null,
    remediationDueAt: data.remediation?.dueAt ?? null,
    resolvedAt: data.state === 'resolved' ? at : null,
    reason: data.reason,
    revision: breach.revision + 1,
  };
}
