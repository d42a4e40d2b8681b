import { checkBreaches } from './checks/breaches.js';
import { checkBudgets } from './checks/budgets.js';
import { contextOf, type RunContext } from './checks/context.js';
import { checkExplanations } from './checks/explanations.js';
import { checkFaults } from './checks/faults.js';
import { checkForecasts } from './checks/forecasts.js';
import { checkFourEyes } from './checks/four-eyes.js';
import { checkLives } from './checks/lives.js';
import { checkModels } from './checks/models.js';
import { checkPrices } from './checks/prices.js';
import { checkRisk } from './checks/risk.js';
import { checkRest } from './checks/rest.js';
import { checkSequences } from './checks/sequences.js';
import { checkSettled } from './checks/settled.js';
import { checkSnapshots } from './checks/snapshots.js';
import { checkStress } from './checks/stress.js';
import { RunEvents, type LoggedMessage } from './events/run-events.js';
import type { RestFindings } from './inputs/rest-findings.js';
import type { RunInputs } from './inputs/script-files.js';
import { reportOf, type Check, type VerificationReport } from './report.js';

const checks: readonly ((context: RunContext) => Check[])[] = [
  checkSequences,
  checkSettled,
  checkPrices,
  checkModels,
  checkForecasts,
  checkSnapshots,
  checkStress,
  checkBudgets,
  checkBreaches,
  checkLives,
  checkExplanations,
  checkFourEyes,
  checkFaults,
  checkRisk,
  checkRest,
];

/**
 * Holds a run against what can be computed from its input files, its topics and its services' answers alone. Pure: reads nothing, and gives
 * the same report for the same arguments.
 */
export function verify(inputs: RunInputs, messages: readonly LoggedMessage[], rest: RestFindings): VerificationReport {
  const context = contextOf(inputs, new RunEvents(messages), rest);
  return reportOf(checks.flatMap((check) => guarded(check, context)));
}

/** A check that cannot even be made has failed. */
function guarded(check: (context: RunContext) => Check[], context: RunContext): Check[] {
  try {
    return check(context);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return [{ name: `${check.name} could not be made`, passed: 0, failures: [failure], failed: 1 }];
  }
}
