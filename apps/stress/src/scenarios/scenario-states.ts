import { nextState, type StateMachine } from '@risk-budget/service-kit';
import type { ScenarioStatus } from './scenario.types.js';

/** What happens to one version of a scenario after it was proposed. */
export type ScenarioAction = 'approve' | 'approveRetirement' | 'reject' | 'replace';

/** A later proposal replaces a waiting one, a later approval the version in force. A retirement is a version of its own. */
export const scenarioMachine: StateMachine<ScenarioStatus, ScenarioAction> = {
  initial: 'proposed',
  final: ['superseded', 'retired', 'rejected'],
  transitions: {
    proposed: { approve: 'active', approveRetirement: 'retired', reject: 'rejected', replace: 'superseded' },
    active: { replace: 'superseded' },
    superseded: {},
    retired: {},
    rejected: {},
  },
};

/** The status after an action. @throws TypeError when the life of a version has no such step: callers ask only for steps that exist */
export function after(status: ScenarioStatus, action: ScenarioAction): ScenarioStatus {
  const next = nextState(scenarioMachine, status, action);
  if (next === undefined) throw new TypeError(`a scenario that is ${status} has no step ${action}`);
  return next;
}
