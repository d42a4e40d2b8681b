import { forecastMade, forecastScored } from '@risk-budget/contracts';
import { OwnSubjects, type SubjectWeights } from '../evaluation/own-subjects.js';
import { ownValuesAtRisk, varConfidences, varKey } from '../evaluation/own-value-at-risk.js';
import type { BacktestFinding, VarDay, VarMethod, VarTest } from '../inputs/rest-findings.js';
import { binomialAtMost, kupiecTest, trafficLight } from '../numerics/exceptions.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

const methods: readonly VarMethod[] = ['model', 'historical', 'champion'];

/** A forecast of a portfolio: what its value at risk rests on. */
interface Close {
  readonly portfolioId: string;
  readonly forecastId: string;
  readonly madeAt: string;
  readonly weights: SubjectWeights;
  readonly championVariance: number;
}

/** One day by one method at one level, as recomputed. */
interface OwnDay {
  readonly date: string;
  readonly loss: number;
  readonly valueAtRisk: number;
}

/** Value at risk of portfolios at every close again, the losses of the same holdings, which of them were beyond it, and what that says. */
export function checkBacktests(context: RunContext): Check[] {
  const figures = new CheckRecorder('value at risk of every close by every method, and the loss of the day after');
  const exceptions = new CheckRecorder('value at risk: exceptions, Kupiec’s test and Basel’s zone');
  const closes = closesOf(context);
  exceptions.expect(context.rest.backtests.length > 0, () => 'nobody was asked');
  for (const finding of context.rest.backtests) {
    const days = ownDays(
      context,
      figures,
      finding,
      closes.filter((one) => one.portfolioId === finding.portfolioId),
    );
    for (const method of methods) {
      for (const confidence of varConfidences) {
        const test = finding.tests.find((one) => one.method === method && one.confidence === confidence);
        const name = `${finding.portfolioId} by ${method} at ${confidence}`;
        exceptions.expect(test !== undefined, () => `${name}: nothing is said`);
        if (test !== undefined) checkTest(exceptions, name, test, days.get(varKey(method, confidence)) ?? []);
      }
    }
  }
  return [figures.result(), exceptions.result()];
}

/** Every forecast of a portfolio, in order. */
function closesOf(context: RunContext): Close[] {
  const subjects = new OwnSubjects(context);
  return context.events.of(forecastMade).flatMap(({ data, publishedAt }) => {
    if (data.kind !== 'portfolio') return [];
    const { madeAt } = data;
    return data.forecasts.map(({ subjectId: portfolioId, forecastId, champion, volatilities }): Close => {
      const ahead = volatilities.find(({ method, horizonDays }) => method === champion && horizonDays === 1);
      return {
        ...{ portfolioId, forecastId, madeAt },
        weights: subjects.weights('portfolio', portfolioId, madeAt, publishedAt) ?? new Map<string, number>(),
        championVariance: ahead?.variance ?? NaN,
      };
    });
  });
}

/** By method and level; compares each published day on the way. */
function ownDays(
  context: RunContext,
  check: CheckRecorder,
  { portfolioId, days }: BacktestFinding,
  closes: readonly Close[],
): Map<string, OwnDay[]> {
  const subjects = new OwnSubjects(context);
  const scoredAt = new Map<string, { readonly at: string; readonly windowEnd: string }>();
  for (const { data } of context.events.of(forecastScored)) {
    for (const { forecastId, horizonDays, windowEnd } of data.scored) {
      if (horizonDays === 1) scoredAt.set(forecastId, { at: data.scoredAt, windowEnd });
    }
  }
  const published = new Map(days.map((day) => [day.forecastId, day]));
  check.expect(
    published.size === closes.length,
    () => `${portfolioId}: ${days.length} days, ${closes.length} expected`,
  );
  const own = new Map<string, OwnDay[]>();
  for (const close of closes) {
    const name = `${portfolioId} at ${close.madeAt}`;
    const day = published.get(close.forecastId);
    check.expect(day !== undefined, () => `${name}: nothing is said`);
    if (day === undefined) continue;
    const values = valuesAtRisk(context, close, day.modelId);
    compareFigures(check, name, day, values);
    const score = scoredAt.get(close.forecastId);
    check.expect(day.date === (score?.windowEnd ?? null), () => `${name}: its loss is of ${String(day.date)}`);
    if (score === undefined) continue;
    const { dates, series } = subjects.returns(close.weights, score.at);
    const loss = -(series[dates.indexOf(score.windowEnd)] ?? NaN);
    check.figure(`${name}: loss`, day.loss, loss, 1e-3);
    for (const [key, valueAtRisk] of values ?? []) {
      own.set(key, [...(own.get(key) ?? []), { date: score.windowEnd, loss, valueAtRisk }]);
    }
  }
  return own;
}

function compareFigures(
  check: CheckRecorder,
  name: string,
  { figures, modelId }: VarDay,
  values: ReadonlyMap<string, number> | undefined,
): void {
  check.expect(values !== undefined && values.size === figures.length, () => `${name}: by the model ${modelId}`);
  for (const { method, confidence, valueAtRisk } of figures) {
    const key = varKey(method, confidence);
    check.figure(`${name}: ${key}`, valueAtRisk, values?.get(key) ?? null);
  }
}

/** Undefined unless the model in force is the one that is named. */
function valuesAtRisk(context: RunContext, close: Close, modelId: string): ReadonlyMap<string, number> | undefined {
  const inForce = [...context.models.published.values()]
    .filter(({ portfolioId, knownAt }) => portfolioId === close.portfolioId && knownAt <= close.madeAt)
    .at(-1);
  return inForce?.modelId === modelId ? ownValuesAtRisk(context, inForce, close) : undefined;
}

function checkTest(check: CheckRecorder, name: string, test: VarTest, days: readonly OwnDay[]): void {
  const beyond = days.filter(({ loss, valueAtRisk }) => loss > valueAtRisk);
  check.expect(
    test.observations === days.length && test.exceedances === beyond.length,
    () => `${name}: ${test.exceedances} of ${test.observations} days, ${beyond.length} of ${days.length} expected`,
  );
  check.expect(
    beyond.map(({ date }) => date).join() === test.exceptions.map(({ date }) => date).join(),
    () => `${name}: on ${test.exceptions.map(({ date }) => date).join(', ')}`,
  );
  for (const [at, { date, loss, valueAtRisk }] of beyond.entries()) {
    check.figure(`${name}: loss on ${date}`, test.exceptions[at]?.loss, loss);
    check.figure(`${name}: value at risk on ${date}`, test.exceptions[at]?.valueAtRisk, valueAtRisk);
  }
  if (days.length === 0) return;
  const kupiec = kupiecTest(beyond.length, days.length, test.confidence);
  check.figure(`${name}: Kupiec`, test.kupiec?.statistic, kupiec.statistic, 1e-3);
  check.figure(`${name}: p of Kupiec`, test.kupiec?.pValue, kupiec.pValue, 1e-3);
  const probability = binomialAtMost(beyond.length, days.length, test.confidence);
  check.figure(`${name}: cumulative probability`, test.basel?.cumulativeProbability, probability);
  check.expect(test.basel?.zone === trafficLight(probability), () => `${name}: is ${String(test.basel?.zone)}`);
}
