import { predictionMade, regimeEstimated, regimesScored, type RegimeEstimated } from '@risk-budget/contracts';
import { OwnSubjects } from '../evaluation/own-subjects.js';
import {
  filteredProbabilities,
  logDensity,
  probabilitiesAhead,
  restingDistribution,
  type RegimeNumbers,
} from '../numerics/regimes.js';
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
  return [check.result(), fits.result(), checkRegimeScores(context, subjects)];
}

/** Each once, by the return of its day and the states as they were; those from outside as they were told upstream. */
function checkRegimeScores({ events }: RunContext, subjects: OwnSubjects): Check {
  const check = new CheckRecorder(
    'forecasts of regimes scored once: the density that they gave to the return of their day',
  );
  const made = new Map(events.of(regimeEstimated).map((event) => [event.data.regimeId, event]));
  const told = new Set(
    events
      .of(predictionMade)
      .flatMap(({ data: { source, horizonDays, forecast } }) =>
        forecast.target === 'regime' ? [`${source} ${horizonDays} ${JSON.stringify(forecast.probabilities)}`] : [],
      ),
  );
  const seen = new Set<string>();
  for (const { data } of events.of(regimesScored)) {
    for (const { regimeId, horizonDays, windowEnd, realisedReturn, scores, states } of data.scored) {
      const key = `${states} regimes of ${data.subjectId}: ${regimeId} in ${horizonDays} days`;
      check.expect(!seen.has(key), () => `${key} was scored twice`);
      seen.add(key);
      const event = made.get(regimeId);
      check.expect(event !== undefined, () => `${key} was never forecast`);
      if (event === undefined) continue;
      const { data: regime, publishedAt } = event;
      const numbers = numbersOf(regime);
      const weights = subjects.weights(regime.kind, regime.subjectId, regime.madeAt, publishedAt);
      if (weights !== undefined) {
        const { dates, series } = subjects.returns(weights, data.scoredAt);
        const days = dates.flatMap((date, t) => (date > regime.asOf.slice(0, 10) && date <= windowEnd ? [t] : []));
        check.expect(days.length === horizonDays, () => `${key}: ${days.length} days lie in its window`);
        check.figure(`${key}: return of ${windowEnd}`, realisedReturn, series[days.at(-1) ?? NaN] ?? null, 1e-3);
      }
      const today = regime.states.map(({ probability }) => probability);
      const own = new Map([
        ['markovSwitching', probabilitiesAhead(today, numbers.transition, horizonDays)],
        ['stationary', restingDistribution(numbers.transition, states)],
      ]);
      for (const method of own.keys()) {
        check.expect(
          scores.some((one) => one.method === method),
          () => `${key}: ${method} has no score`,
        );
      }
      for (const { method, probabilities, logScore } of scores) {
        const expected = own.get(method);
        check.expect(
          expected !== undefined || told.has(`${method} ${horizonDays} ${JSON.stringify(probabilities)}`),
          () => `${key}: ${method} never told ${probabilities.join(', ')}`,
        );
        expected?.forEach((value, state) => {
          check.figure(`${key}: state ${state} by ${method}`, probabilities[state], value, 1);
        });
        check.figure(`${key}: score of ${method}`, logScore, logDensity(probabilities, numbers, realisedReturn), 1);
      }
    }
  }
  return check.result();
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
