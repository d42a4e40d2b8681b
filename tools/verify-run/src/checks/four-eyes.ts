import { breachChanged, budgetPlanChanged, limitDefined } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** What is in force was approved by somebody else than its proposer; who waives has neither acknowledged nor planned a remediation. */
export function checkFourEyes({ events }: RunContext): Check[] {
  const check = new CheckRecorder('four eyes on limits, plans and waivers');
  for (const { data } of events.of(limitDefined)) {
    if (data.status !== 'active') continue;
    check.expect(
      data.approvedBy !== null && data.approvedBy !== data.proposedBy,
      () => `limit ${data.limitId} is in force, proposed by ${data.proposedBy}, approved by ${String(data.approvedBy)}`,
    );
  }
  for (const { data } of events.of(budgetPlanChanged)) {
    if (data.status !== 'active') continue;
    check.expect(
      data.approvedBy !== null && data.approvedBy !== data.proposedBy,
      () => `plan ${data.planId} is active, proposed by ${data.proposedBy}, approved by ${String(data.approvedBy)}`,
    );
  }
  const actors = new Map<string, Set<string | null>>();
  for (const { data } of events.of(breachChanged)) {
    const own = actors.get(data.breachId) ?? new Set();
    actors.set(data.breachId, own);
    if (data.transition === 'acknowledged' || data.transition === 'remediationPlanned') own.add(data.by);
    if (data.transition !== 'waived') continue;
    check.expect(
      data.by !== null && !own.has(data.by),
      () =>
        `the breach of ${data.limitId} was waived by ${String(data.by)}, who had acknowledged it or planned its remediation`,
    );
  }
  return [check.result()];
}
