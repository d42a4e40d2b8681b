import type { ComputePool } from '@risk-budget/compute';
import { businessDate, finite, forecastKind, identifier, instant, nonNegative, uuid } from '@risk-budget/contracts';
import { isInfrastructureError } from '@risk-budget/persistence';
import {
  RiskMathError,
  type GarchFit,
  type GarchModel,
  type GarchParameters,
  type GarchSpecification,
} from '@risk-budget/risk-math';
import { z } from 'zod';
import { HORIZONS } from './horizons.js';

/** Zero mean and normal innovations: the quasi-likelihood, right for the variance whatever the distribution. */
export const garchSpecification = (model: Exclude<GarchModel, 'egarch'>): Required<GarchSpecification> => ({
  model,
  innovations: 'normal',
  mean: 'zero',
});

const garchFit = z.object({
  omega: finite.describe('percent²'),
  alpha: finite,
  gamma: finite,
  beta: finite,
  persistence: nonNegative,
  logLikelihood: finite.describe('of returns in percent'),
  status: z.enum(['converged', 'notConverged']),
});
export type StoredGarch = z.infer<typeof garchFit>;

/** Parameters of a subject’s models, as estimated on a day. Null where a model could not be estimated. */
export const volatilityFit = z.object({
  fitId: uuid,
  kind: forecastKind,
  subjectId: identifier,
  fittedAt: instant,
  windowStart: businessDate,
  windowEnd: businessDate,
  observations: z.int(),
  garch: garchFit.nullable(),
  gjr: garchFit.nullable(),
  har: z
    .array(z.object({ horizonDays: z.int(), coefficients: z.array(finite) }))
    .nullable()
    .describe('of squared returns on their means over 1, 5 and 22 days, constant first'),
  refused: z.array(z.object({ method: z.string(), detail: z.string() })),
});
export type VolatilityFit = z.infer<typeof volatilityFit>;

/** What is estimated, without its identity. */
export type VolatilityEstimate = Pick<VolatilityFit, 'garch' | 'gjr' | 'har' | 'refused'>;

/** Estimates all models of one series off the event loop, from the parameters of the last fit where they do better. */
export async function fitVolatility(
  pool: ComputePool,
  returns: Float64Array,
  last: VolatilityEstimate | undefined,
): Promise<VolatilityEstimate> {
  const refused: { method: string; detail: string }[] = [];
  const attempt = async <Result>(method: string, estimate: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await estimate();
    } catch (error) {
      // What a method does not answer for is said; a pool that is full or closed is tried again by the caller.
      if (!RiskMathError.is(error) || isInfrastructureError(error)) throw error;
      refused.push({ method, detail: error.message });
      return null;
    }
  };
  const garch = async (model: 'garch' | 'gjr'): Promise<StoredGarch | null> => {
    const warm = last?.[model] ?? null;
    const options = warm === null ? {} : { warmStart: parametersOf(warm) };
    const fit = await attempt(model, () => pool.run('fitGarch', [returns, garchSpecification(model), options]));
    return fit === null ? null : storedGarch(fit);
  };
  const squares = returns.map((value) => value * value);
  const har = (): Promise<VolatilityFit['har']> =>
    attempt('har', () =>
      Promise.all(
        HORIZONS.map(async (horizonDays) => ({
          horizonDays,
          coefficients: [...(await pool.run('fitHar', [squares, horizonDays])).coefficients],
        })),
      ),
    );
  const [symmetric, gjr, regression] = await Promise.all([garch('garch'), garch('gjr'), har()]);
  return { garch: symmetric, gjr, har: regression, refused };
}

/** Parameters as risk-math takes them. */
export function parametersOf({ omega, alpha, gamma, beta }: StoredGarch): GarchParameters {
  return { mean: 0, omega, alpha, gamma, beta, degreesOfFreedom: null, skew: null };
}

function storedGarch({ parameters, persistence, logLikelihood, status }: GarchFit): StoredGarch {
  const { omega, alpha, gamma, beta } = parameters;
  return { omega, alpha, gamma, beta, persistence, logLikelihood, status };
}
