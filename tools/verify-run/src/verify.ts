import { checkAccuracy } from './checks/accuracy.js';
import { checkAdjustments } from './checks/adjustments.js';
import { checkBacktests } from './checks/backtests.js';
import { checkBreaches } from './checks/breaches.js';
import { checkBudgetReports } from './checks/budget-reports.js';
import { checkBudgets } from './checks/budgets.js';
import { checkChances } from './checks/chances.js';
import { checkChampions } from './checks/champions.js';
import { checkCombinations } from './checks/combinations.js';
import { contextOf, type RunContext } from './checks/context.js';
import { checkCorrelations } from './checks/correlations.js';
import { checkEffects } from './checks/effects.js';
import { checkExplanations } from './checks/explanations.js';
import { checkFaults } from './checks/faults.js';
import { checkForecasts } from './checks/forecasts.js';
import { checkFourEyes } from './checks/four-eyes.js';
import { checkHypotheticals } from './checks/hypotheticals.js';
import { checkLives } from './checks/lives.js';
import { checkModels } from './checks/models.js';
import { checkPerformance } from './checks/performance.js';
import { checkPredictions } from './checks/predictions.js';
import { checkPreTrades } from './checks/pre-trades.js';
import { checkPrices } from './checks/prices.js';
import { checkRebalancings } from './checks/rebalancings.js';
import { checkRegimes } from './checks/regimes.js';
import { checkRisk } from './checks/risk.js';
import { checkRest } from './checks/rest.js';
import { checkScores } from './checks/scores.js';
import { checkSequences } from './checks/sequences.js';
import { checkSettled } from './checks/settled.js';
import { checkSnapshots } from './checks/snapshots.js';
import { checkStress } from './checks/stress.js';
import { checkWhatIfs } from './checks/what-ifs.js';
import { checkStressAnswers } from './checks/stress-answers.js';
import { RunEvents, type LoggedMessage } from './events/run-events.js';
import type { RestFindings } from './inputs/rest-findings.js';
import type { RunInputs } from './inputs/script-files.js';
import { reportOf, type Check, type VerificationReport } from './report.js';

const checks = {
  sequences: checkSequences,
  settled: checkSettled,
  prices: checkPrices,
  models: checkModels,
  forecasts: checkForecasts,
  scores: checkScores,
  predictions: checkPredictions,
  combinations: checkCombinations,
  champions: checkChampions,
  correlations: checkCorrelations,
  regimes: checkRegimes,
  accuracy: checkAccuracy,
  backtests: checkBacktests,
  snapshots: checkSnapshots,
  stress: checkStress,
  hypotheticals: checkHypotheticals,
  stressAnswers: checkStressAnswers,
  budgets: checkBudgets,
  budgetReports: checkBudgetReports,
  adjustments: checkAdjustments,
  rebalancings: checkRebalancings,
  breaches: checkBreaches,
  lives: checkLives,
  preTrades: checkPreTrades,
  whatIfs: checkWhatIfs,
  chances: checkChances,
  explanations: checkExplanations,
  effects: checkEffects,
  fourEyes: checkFourEyes,
  faults: checkFaults,
  risk: checkRisk,
  performance: checkPerformance,
  rest: checkRest,
} satisfies Record<string, (context: RunContext) => Check[]>;

/** One of the things that a verification looks at. */
export type VerifiedPart = keyof typeof checks;

/** All of them, in the order of a report. */
export const everything = Object.keys(checks) as VerifiedPart[];

/**
 * Holds a run against what can be computed from its input files, its topics and its services' answers alone. Pure: reads nothing, and gives
 * the same report for the same arguments.
 *
 * @param parts what is looked at; everything unless said
 */
export function verify(
  inputs: RunInputs,
  messages: readonly LoggedMessage[],
  rest: RestFindings,
  parts: readonly VerifiedPart[] = everything,
): VerificationReport {
  const context = contextOf(inputs, new RunEvents(messages), rest);
  return reportOf(parts.flatMap((part) => guarded(checks[part], context)));
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
