import { regimeEstimated, type RegimeEstimated } from '@risk-budget/contracts';
import { OwnSubjects } from '../evaluation/own-subjects.js';
import { filteredProbabilities, probabilitiesAhead, type RegimeNumbers } from '../numerics/regimes.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

const daysAYear = 252;

/**
 * Regimes again: the returns known at the time filtered with the parameters published, and carried on to the horizons. Parameters that are
 * told to be those of an earlier day are.
 */
export function checkRegimes(context: RunContext): Check[] {
  const check = new CheckRecorder('regimes: probabilities filtered with the parameters published, and their forecasts');
  const fits = new CheckRecorder('regimes: ordered by variance; parameters stand still between two fits');
  const subjects = new OwnSubjects(context);
  const parametersOfFit = new Map<string, string>();
  for (const { data, publishedAt } of context.events.of(regimeEstimated)) {
    const name = `${data.states.length} regimes of ${data.subjectId} at ${data.madeAt}`;
    const numbers = numbersOf(data);
    checkParameters(fits, name, data, numbers, parametersOfFit);
    const weights = subjects.weights(data.kind, data.subjectId, data.madeAt, publishedAt);
    if (weights === undefined) continue;
    const own = filteredProbabilities(subjects.returns(weights, data.madeAt).series, numbers);
    for (const { state, probability } of data.states) {
      check.figure(`${name}: state ${state}`, probability, own[state] ?? null, 1);
    }
    check.expect(
      data.mostLikely === own.indexOf(Math.max(...own)),
      () => `${name}: ${data.mostLikely} is not likeliest`,
    );
    for (const { horizonDays, probabilities } of data.forecasts) {
      const ahead = probabilitiesAhead(own, numbers.transition, horizonDays);
      for (const [state, probability] of probabilities.entries()) {
        check.figure(`${name}: state ${state} in ${horizonDays} days`, probability, ahead[state] ?? null, 1);
      }
    }
  }
  return [check.result(), fits.result()];
}

function numbersOf({ states, transition }: RegimeEstimated): RegimeNumbers {
  return {
    means: states.map(({ meanDaily }) => meanDaily),
    variances: states.map(({ volatilityAnnual }) => volatilityAnnual ** 2 / daysAYear),
    transition: transition ?? [],
  };
}

function checkParameters(
  check: CheckRecorder,
  name: string,
  { states, subjectId, fittedAt }: RegimeEstimated,
  { variances, transition, means }: RegimeNumbers,
  known: Map<string, string>,
): void {
  check.expect(
    variances.every((variance, state) => state === 0 || variance > (variances[state - 1] ?? NaN)),
    () => `${name}: variances are ${variances.join(', ')}`,
  );
  for (const { state, expectedDurationDays } of states) {
    const staying = transition[state * states.length + state] ?? NaN;
    const duration = staying < 1 ? 1 / (1 - staying) : null;
    check.figure(`${name}: stay in ${state}`, expectedDurationDays, duration);
  }
  const key = `${states.length} ${subjectId} ${fittedAt}`;
  const parameters = JSON.stringify({ means, variances, transition });
  const before = known.get(key) ?? parameters;
  known.set(key, before);
  check.expect(before === parameters, () => `${name}: other parameters than those of ${fittedAt}`);
}
