import {
  breachChanged,
  breachProbabilitiesEstimated,
  clockAdvanced,
  type BreachProbabilitiesEstimated,
} from '@risk-budget/contracts';
import type { ChanceFinding } from '../inputs/rest-findings.js';
import { brierOf, type Outcome } from '../numerics/brier.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

const figures = ['score', 'reliability', 'resolution', 'uncertainty', 'skill', 'baseRate'] as const;

/** Chances that limits are broken: whole and in order, and how good they were by the breaches that were published. */
export function checkChances(context: RunContext): Check[] {
  const whole = new CheckRecorder(
    'breach probabilities: none falls over a longer horizon, those of what is broken are 1',
  );
  for (const { data } of context.events.of(breachProbabilitiesEstimated)) checkWhole(whole, data);
  const good = new CheckRecorder('breach probabilities: Brier score and reliability table, by the breaches published');
  good.expect(context.rest.chances.length > 0, () => 'nobody was asked');
  for (const finding of context.rest.chances) checkAccuracy(good, finding, outcomesOf(context, finding));
  return [whole.result(), good.result()];
}

function checkWhole(check: CheckRecorder, { portfolioId, asOf, limits }: BreachProbabilitiesEstimated): void {
  for (const { limitId, broken, probabilities } of limits) {
    const name = `${portfolioId} ${limitId} at ${asOf}`;
    const chances = [...probabilities].sort((a, b) => a.horizonDays - b.horizonDays).map((one) => one.probability);
    check.expect(chances.length > 0, () => `${name}: nothing is said`);
    const told = () => `${name}: ${chances.join(', ')}${broken ? ' though broken' : ''}`;
    check.expect(
      chances.every((chance, at) => (broken ? chance === 1 : chance >= (chances[at - 1] ?? 0))),
      told,
    );
  }
}

/** Of limits that were not broken yet, where the horizon has passed: whether a breach was opened within it. */
function outcomesOf({ events, inputs }: RunContext, { portfolioId, horizonDays }: ChanceFinding): Outcome[] {
  const now = events.of(clockAdvanced).reduce((latest, { data }) => (data.time > latest ? data.time : latest), '');
  const days = [...inputs.closes.keys()];
  const opened = events
    .of(breachChanged)
    .filter(({ data }) => data.portfolioId === portfolioId && data.transition === 'opened')
    .map(({ data }) => data);
  return events.of(breachProbabilitiesEstimated).flatMap(({ data: { portfolioId: of, asOf, limits } }) => {
    const last = days[days.indexOf(asOf.slice(0, 10)) + horizonDays];
    const until = `${last ?? '9999'}${asOf.slice(10)}`;
    if (of !== portfolioId || until > now) return [];
    return limits
      .filter(({ broken }) => !broken)
      .flatMap(({ limitId, probabilities }) => {
        const happened = opened.some((one) => one.limitId === limitId && one.openedAt > asOf && one.openedAt <= until);
        return probabilities
          .filter((one) => one.horizonDays === horizonDays)
          .map(({ probability }) => ({ probability, happened }));
      });
  });
}

function checkAccuracy(check: CheckRecorder, finding: ChanceFinding, outcomes: readonly Outcome[]): void {
  const name = `${finding.portfolioId} over ${finding.horizonDays} days`;
  check.expect(
    finding.observations === outcomes.length,
    () => `${name}: ${finding.observations} outcomes, ${outcomes.length} expected`,
  );
  const own = outcomes.length === 0 ? undefined : brierOf(outcomes);
  for (const figure of figures) check.figure(`${name}: ${figure}`, finding[figure], own?.[figure] ?? null, 1e-3);
  const rows = own?.table ?? [];
  check.expect(finding.table.length === rows.length, () => `${name}: a table of ${finding.table.length} lines`);
  for (const [tenth, row] of rows.entries()) {
    const told = finding.table[tenth];
    check.figure(`${name}: tenth ${tenth} count`, told?.count, row.count);
    check.figure(`${name}: tenth ${tenth} forecast`, told?.meanForecast, row.meanForecast, 1e-3);
    check.figure(`${name}: tenth ${tenth} frequency`, told?.observedFrequency, row.observedFrequency, 1e-3);
  }
}
