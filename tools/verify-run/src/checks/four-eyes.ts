import { breachChanged, budgetPlanChanged, limitDefined } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** What is in force was approved by somebody else than its proposer; who waives has not acknowledged. */
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
  const acknowledged = new Map<string, string | null>();
  for (const { data } of events.of(breachChanged)) {
    if (data.transition === 'acknowledged') acknowledged.set(data.breachId, data.by);
    if (data.transition !== 'waived') continue;
    check.expect(
      data.by !== null && data.by !== acknowledged.get(data.breachId),
      () => `the breach of ${data.limitId} was waived by ${String(data.by)}, who had acknowledged it`,
    );
  }
  return [check.result()];
}
