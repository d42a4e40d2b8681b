import { forecastKind } from '@risk-budget/contracts';
import { z } from 'zod';
import { accuracyHorizons, type AccuracyFinding, type ForecastPolicyFinding } from '../inputs/forecast-findings.js';
import { getItems, getJson } from './get-json.js';

const policies = z.object({
  items: z.array(
    z.object({
      version: z.number(),
      effectiveFrom: z.string().nullable(),
      lossDiscount: z.number(),
      champion: z.object({ minimumObservations: z.number(), margin: z.number(), dwellDays: z.number() }),
    }),
  ),
});
const test = z.object({ statistic: z.number(), pValue: z.number() });
const accuracy = z.object({
  scores: z.number(),
  independentScores: z.number().optional(),
  methods: z.array(
    z.object({
      method: z.string(),
      observations: z.number(),
      meanQlike: z.number().optional(),
      meanSquaredError: z.number().optional(),
      meanForecastVariance: z.number().optional(),
      meanLogScore: z.number().optional(),
      mincerZarnowitz: test
        .extend({
          intercept: z.number(),
          slope: z.number(),
          interceptStandardError: z.number(),
          slopeStandardError: z.number(),
          rSquared: z.number(),
          lags: z.number(),
        })
        .nullable()
        .optional(),
      dieboldMariano: test.extend({ meanDifference: z.number(), observations: z.number() }).nullable(),
      coverage: z
        .array(
          z.object({
            confidence: z.number(),
            observations: z.number(),
            exceedances: z.number(),
            kupiec: test.nullable(),
            independence: test.nullable(),
            conditionalCoverage: test.nullable(),
          }),
        )
        .optional(),
    }),
  ),
});
const subject = z.object({ kind: forecastKind, subjectId: z.string() });
const set = z.object({ setId: z.string() });

/** More scores than any run has. */
const wholeWindow = 2500;

/** Every version of the policy by which forecasting judges its methods, newest first. */
export async function readForecastPolicies(url: string, token: string): Promise<readonly ForecastPolicyFinding[]> {
  return (await getJson(`${url}/v1/forecast-policy/versions`, token, policies)).items;
}

/** Asks forecasting how good its forecasts of everything have been, over every horizon and all scores. */
export async function readAccuracies(url: string, token: string): Promise<AccuracyFinding[]> {
  const found: AccuracyFinding[] = [];
  const read = async (of: AccuracyFinding['of'], name: string, path: string, more = ''): Promise<void> => {
    for (const horizonDays of accuracyHorizons) {
      const query = `horizonDays=${horizonDays}&window=${wholeWindow}${more}`;
      found.push({ of, name, horizonDays, ...(await getJson(`${url}${path}/accuracy?${query}`, token, accuracy)) });
    }
  };
  const subjects = await getItems(`${url}/v1/forecasts`, token, subject);
  for (const { kind, subjectId } of subjects) {
    await read('volatility', `${kind} ${subjectId}`, `/v1/forecasts/${kind}/${subjectId}`);
  }
  for (const { setId } of await getItems(`${url}/v1/correlations`, token, set)) {
    await read('correlations', setId, `/v1/correlations/${setId}`);
  }
  for (const { subjectId } of subjects.filter(({ kind }) => kind === 'market')) {
    for (const states of [2, 3]) {
      await read('regimes', `${subjectId} in ${states} states`, `/v1/regimes/${subjectId}`, `&states=${states}`);
    }
  }
  return found;
}
