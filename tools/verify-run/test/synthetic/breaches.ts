import { randomUUID } from 'node:crypto';
import {
  breachChanged,
  changeExplained,
  notificationSent,
  snapshotTaken,
  type Breach,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { portfolioId, type Recorder } from './recorder.js';

/** A breach as it opens. */
export function breach(
  opened: UtilizationSnapshot,
  limitId: string,
  severity: Breach['severity'],
  nodeId: string,
  bound: number,
): Breach {
  const value = opened.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0;
  return {
    breachId: randomUUID(),
    portfolioId,
    limitId,
    limitVersion: 1,
    severity,
    transition: 'opened',
    state: 'open',
    nature: 'passive',
    at: opened.asOf,
    openedAt: opened.asOf,
    snapshotId: opened.snapshotId,
    value,
    bound,
    worstValue: value,
    nodeId,
    escalationStep: 0,
    by: null,
    reason: null,
    waiverExpiresAt: null,
    remediation: null,
  };
}

/** A transition of a breach: what it was, with the changes. */
export function step(
  recorder: Recorder,
  breach: Breach,
  transition: Breach['transition'],
  changes: Partial<Breach>,
): void {
  const worst = Math.max(breach.worstValue, ...weights(recorder, breach));
  Object.assign(breach, { ...changes, transition, worstValue: worst });
  recorder.publish(breachChanged, '/risk-budget/limits', breach.at, { ...breach });
  if (transition === 'opened' || transition === 'worsened') explain(recorder, breach, transition);
  if (transition !== 'escalated') return;
  recorder.publish(notificationSent, '/risk-budget/limits', breach.at, {
    notificationId: randomUUID(),
    portfolioId,
    breachId: breach.breachId,
    at: breach.at,
    channel: 'log',
    recipient: 'riskManager',
    subject: breach.limitId,
    body: breach.limitId,
    escalationStep: breach.escalationStep,
    attempt: 1,
    outcome: 'sent',
  });
}

/** How a breach stands in a snapshot. */
export function standing(snapshot: UtilizationSnapshot, nodeId: string, breach: Breach): Partial<Breach> {
  const value = snapshot.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0;
  return { value, snapshotId: snapshot.snapshotId, bound: breach.bound };
}

/** Of limits that never held: there is nothing to compare with. */
function explain(
  recorder: Recorder,
  { breachId, limitId, at, nodeId, snapshotId, value }: Breach,
  transition: 'opened' | 'worsened',
): void {
  recorder.publish(changeExplained, '/risk-budget/attribution', at, {
    explanationId: randomUUID(),
    ...{ portfolioId, cause: 'breach', breachId, limitId, transition, asOf: at, measure: 'weight', nodeId },
    ...{ quantity: 'figure', fromSnapshotId: null, fromAsOf: null, from: null, budgetFrom: null },
    ...{ toSnapshotId: snapshotId, toAsOf: at, to: value, budgetTo: null },
    ...{ effects: [], contributors: [], nodes: [], codeVersion: 'test' },
  });
}

function weights(recorder: Recorder, { nodeId, openedAt }: Breach): number[] {
  return recorder
    .events()
    .of(snapshotTaken)
    .filter(({ data }) => data.asOf >= openedAt)
    .map(({ data }) => data.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0);
}
