import { publishedScores, scoresKey, type MethodScore, type Score } from '../evaluation/published-scores.js';
import type { AccuracyFinding, MethodAccuracyFinding } from '../inputs/forecast-findings.js';
import { christoffersenTest, kupiecTest } from '../numerics/exceptions.js';
import { dieboldMarianoTest, mincerZarnowitzTest, type TestOutcome } from '../numerics/forecast-tests.js';
import { normalQuantile } from '../numerics/normal.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

const references = { volatility: 'ewma', correlations: 'ewma', regimes: 'stationary' } as const;
const closeTo = 1e-3;

/** Accuracy of all forecasts, again from the scores that were published. */
export function checkAccuracy(context: RunContext): Check[] {
  const checks = {
    volatility: new CheckRecorder(
      'accuracy of volatility: mean losses, Mincer–Zarnowitz, Diebold–Mariano and coverage',
    ),
    correlations: new CheckRecorder('accuracy of correlations: mean losses and Diebold–Mariano'),
    regimes: new CheckRecorder('accuracy of regimes: mean logarithmic score and Diebold–Mariano'),
  };
  const published = publishedScores(context.events);
  for (const [of, check] of Object.entries(checks) as [AccuracyFinding['of'], CheckRecorder][]) {
    const told = new Map(
      context.rest.accuracies.filter((one) => one.of === of).map((one) => [scoresKey(one.name, one.horizonDays), one]),
    );
    check.expect(told.size > 0, () => 'nobody was asked');
    for (const [key, scores] of published[of]) {
      const finding = told.get(key);
      check.expect(finding !== undefined, () => `${key}: nothing is said`);
      if (finding !== undefined)
        compare(
          check,
          key,
          finding,
          [...scores].sort((a, b) => (a.windowEnd < b.windowEnd ? -1 : 1)),
        );
    }
    for (const [key, finding] of told) {
      check.expect(finding.scores === (published[of].get(key)?.length ?? 0), () => `${key}: ${finding.scores} scores`);
    }
  }
  return Object.values(checks).map((check) => check.result());
}

function compare(check: CheckRecorder, key: string, finding: AccuracyFinding, scores: readonly Score[]): void {
  if (finding.independentScores !== undefined) compareOverlaps(check, key, finding.independentScores, scores);
  const methods = new Set(scores.flatMap((score) => score.scores.map(({ method }) => method)));
  check.expect(
    methods.size === finding.methods.length,
    () => `${key}: ${finding.methods.map(({ method }) => method).join(', ')}`,
  );
  for (const told of finding.methods) {
    compareMethod(check, `${key} by ${told.method}`, { ...told, of: finding.of }, finding.horizonDays, scores);
  }
}

/** A horizon overlaps when it begins before the last one that does not has ended. */
function compareOverlaps(check: CheckRecorder, key: string, independent: number, scores: readonly Score[]): void {
  let end = '';
  let own = 0;
  for (const { asOf, windowEnd, overlapping } of scores) {
    const apart = asOf >= end;
    check.expect(overlapping === !apart, () => `${key}: that up to ${windowEnd} is marked ${String(overlapping)}`);
    if (!apart) continue;
    end = windowEnd;
    own++;
  }
  check.expect(independent === own, () => `${key}: ${independent} do not overlap, ${own} expected`);
}

function compareMethod(
  check: CheckRecorder,
  name: string,
  told: MethodAccuracyFinding & Pick<AccuracyFinding, 'of'>,
  days: number,
  scores: readonly Score[],
): void {
  const own = scores.flatMap((score) => {
    const one = score.scores.find(({ method }) => method === told.method);
    const reference = score.scores.find(({ method }) => method === references[told.of]);
    return one === undefined ? [] : [{ score, one, reference }];
  });
  check.expect(told.observations === own.length, () => `${name}: ${told.observations} scores, ${own.length} expected`);
  for (const figure of Object.keys(own[0]?.one.means ?? {})) {
    const sum = own.reduce((total, { one }) => total + (one.means[figure] ?? NaN), 0);
    check.figure(`${name}: ${figure}`, told[figure as 'meanQlike'], sum / own.length);
  }
  const pairs = own.flatMap(({ one, reference }) =>
    reference === undefined ? [] : [[one.loss, reference.loss] as const],
  );
  const test =
    told.method === references[told.of]
      ? null
      : dieboldMarianoTest(
          pairs.map(([loss]) => loss),
          pairs.map(([, loss]) => loss),
          days,
        );
  compareTest(check, `${name}: Diebold–Mariano`, told.dieboldMariano, test);
  check.figure(`${name}: mean difference`, told.dieboldMariano?.meanDifference, test?.meanDifference ?? null, 1e-6);
  if (told.of === 'volatility') compareVolatility(check, name, told, days, own);
}

/** What is told of variances alone. */
function compareVolatility(
  check: CheckRecorder,
  name: string,
  told: MethodAccuracyFinding,
  days: number,
  own: readonly { readonly score: Score; readonly one: MethodScore }[],
): void {
  const realised = own.map(({ score }) => score.realisedVariance ?? NaN);
  const line = mincerZarnowitzTest(
    realised,
    own.map(({ one }) => one.variance ?? NaN),
    days,
  );
  compareTest(check, `${name}: Mincer–Zarnowitz`, told.mincerZarnowitz ?? null, line);
  const size = Math.max(...realised) * closeTo;
  for (const figure of ['intercept', 'interceptStandardError'] as const) {
    check.figure(`${name}: ${figure}`, told.mincerZarnowitz?.[figure], line?.[figure] ?? null, size);
  }
  for (const figure of ['slope', 'slopeStandardError', 'rSquared', 'lags'] as const) {
    check.figure(`${name}: ${figure}`, told.mincerZarnowitz?.[figure], line?.[figure] ?? null, closeTo);
  }
  const apart = own.filter(({ score }) => !score.overlapping);
  check.expect(told.coverage?.length === 2, () => `${name}: its coverage is told at other levels than 95 and 99 %`);
  for (const one of told.coverage ?? []) {
    const beyond = normalQuantile(one.confidence);
    const hits = apart.map(
      ({ score, one: { variance } }) => -(score.realisedReturn ?? NaN) > beyond * Math.sqrt(variance ?? NaN),
    );
    const count = hits.filter(Boolean).length;
    const level = `${name} at ${one.confidence}`;
    check.expect(
      one.exceedances === count && one.observations === hits.length,
      () => `${level}: ${one.exceedances} of ${one.observations}, ${count} of ${hits.length} expected`,
    );
    compareTest(
      check,
      `${level}: Kupiec`,
      one.kupiec,
      hits.length < 1 ? null : kupiecTest(count, hits.length, one.confidence),
    );
    const chain = hits.length < 2 ? undefined : christoffersenTest(hits, one.confidence);
    for (const test of ['independence', 'conditionalCoverage'] as const) {
      compareTest(check, `${level}: ${test}`, one[test], chain?.[test] ?? null);
    }
  }
}

function compareTest(check: CheckRecorder, name: string, told: TestOutcome | null, own: TestOutcome | null): void {
  check.figure(name, told?.statistic, own?.statistic ?? null, closeTo);
  check.figure(`${name}, its p`, told?.pValue, own?.pValue ?? null, closeTo);
}
