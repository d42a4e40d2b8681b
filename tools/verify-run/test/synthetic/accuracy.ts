import { publishedScores, type Score } from '../../src/evaluation/published-scores.js';
import type { RunEvents } from '../../src/events/run-events.js';
import type {
  AccuracyFinding,
  ForecastPolicyFinding,
  MethodAccuracyFinding,
} from '../../src/inputs/forecast-findings.js';
import { christoffersenTest, kupiecTest } from '../../src/numerics/exceptions.js';
import { dieboldMarianoTest, mincerZarnowitzTest } from '../../src/numerics/forecast-tests.js';
import { normalQuantile } from '../../src/numerics/normal.js';

/** The policy that forecasting comes with. */
export const forecastPolicy: ForecastPolicyFinding = {
  ...{ version: 1, effectiveFrom: null, lossDiscount: 0.98 },
  champion: { minimumObservations: 60, margin: 0.05, dwellDays: 20 },
};

/** What forecasting would answer of how good it has been, from what it has published. */
export function accuraciesOf(events: RunEvents): AccuracyFinding[] {
  const published = publishedScores(events);
  return (['volatility', 'correlations', 'regimes'] as const).flatMap((of) =>
    [...published[of]].map(([key, scores]): AccuracyFinding => {
      const [name = '', days] = key.split(' over ');
      const horizonDays = Number.parseInt(days ?? '', 10);
      const methods = [...new Set(scores.flatMap((score) => score.scores.map(({ method }) => method)))];
      return {
        ...{ of, name, horizonDays, scores: scores.length },
        ...(of === 'regimes' ? {} : { independentScores: scores.filter(({ overlapping }) => !overlapping).length }),
        methods: methods.map((method) => accuracyOf(of, method, horizonDays, scores)),
      };
    }),
  );
}

function accuracyOf(
  of: AccuracyFinding['of'],
  method: string,
  days: number,
  scores: readonly Score[],
): MethodAccuracyFinding {
  const reference = of === 'regimes' ? 'stationary' : 'ewma';
  const by = (name: string) =>
    scores.flatMap((score) => score.scores.filter((one) => one.method === name).map((one) => ({ score, one })));
  const own = by(method);
  const paired = own.flatMap(({ score, one }) => {
    const beside = score.scores.find((candidate) => candidate.method === reference);
    return beside === undefined ? [] : [{ one, beside }];
  });
  const means = Object.keys(own[0]?.one.means ?? {}).map((figure) => [
    figure,
    own.reduce((sum, { one }) => sum + (one.means[figure] ?? NaN), 0) / own.length,
  ]);
  const test =
    method === reference
      ? null
      : dieboldMarianoTest(
          paired.map(({ one }) => one.loss),
          paired.map(({ beside }) => beside.loss),
          days,
        );
  return {
    ...{ method, observations: own.length },
    ...(Object.fromEntries(means) as Partial<MethodAccuracyFinding>),
    dieboldMariano: test === null ? null : { ...test, observations: paired.length },
    ...(of === 'volatility'
      ? {
          mincerZarnowitz: mincerZarnowitzTest(
            own.map(({ score }) => score.realisedVariance ?? NaN),
            own.map(({ one }) => one.variance ?? NaN),
            days,
          ),
          coverage: [0.95, 0.99].map((confidence) => coverageOf(own, confidence)),
        }
      : {}),
  };
}

function coverageOf(
  own: readonly { readonly score: Score; readonly one: { readonly variance?: number } }[],
  confidence: number,
): NonNullable<MethodAccuracyFinding['coverage']>[number] {
  const hits = own
    .filter(({ score }) => !score.overlapping)
    .map(
      ({ score, one }) => -(score.realisedReturn ?? NaN) > normalQuantile(confidence) * Math.sqrt(one.variance ?? NaN),
    );
  const exceedances = hits.filter(Boolean).length;
  const chain = hits.length < 2 ? null : christoffersenTest(hits, confidence);
  return {
    ...{ confidence, observations: hits.length, exceedances },
    kupiec: hits.length < 1 ? null : kupiecTest(exceedances, hits.length, confidence),
    independence: chain?.independence ?? null,
    conditionalCoverage: chain?.conditionalCoverage ?? null,
  };
}
