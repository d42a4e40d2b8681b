import {
  currency,
  finite,
  forecastKind,
  fraction,
  identifier,
  instant,
  nonNegative,
  uuid,
} from '@risk-budget/contracts';
import { filterRegimes, regimeForecast, type RegimeFit, type RegimeParameters } from '@risk-budget/risk-math';
import { z } from 'zod';
import { annualised, HORIZONS } from '../volatility/horizons.js';

/** Models of two and of three states stand side by side. */
export const STATE_COUNTS = [2, 3] as const;
export type StateCount = (typeof STATE_COUNTS)[number];

export const regimeFit = z.object({
  fitId: uuid,
  kind: forecastKind,
  subjectId: identifier,
  states: z.int(),
  fittedAt: instant,
  windowEnd: z.iso.date(),
  observations: z.int(),
  means: z.array(finite),
  variances: z.array(nonNegative).describe('ascending, per day'),
  transition: z.array(finite).describe('row by row: from today’s state to tomorrow’s'),
  initial: z.array(finite),
  expectedDurations: z.array(nonNegative.nullable()),
  logLikelihood: finite.describe('of returns in percent'),
  status: z.enum(['converged', 'notConverged']),
});
export type StoredRegimeFit = z.infer<typeof regimeFit>;

export const regime = z.object({
  regimeId: uuid,
  kind: forecastKind,
  subjectId: identifier,
  asOf: instant,
  madeAt: instant,
  fitId: uuid,
  fittedAt: instant,
  states: z.array(
    z.object({
      state: z.int().describe('by variance, 0 the calmest'),
      probability: fraction.describe('filtered, never smoothed'),
      meanDaily: finite,
      volatilityAnnual: nonNegative,
      expectedDurationDays: nonNegative.nullable().describe('null when a stay never ends'),
    }),
  ),
  mostLikely: z.int(),
  transition: z
    .array(fraction)
    .describe('row by row: the probability of the column’s state tomorrow, given the row’s today'),
  forecasts: z.array(z.object({ horizonDays: z.int(), probabilities: z.array(fraction) })),
  codeVersion: z.string(),
});
export type Regime = z.infer<typeof regime>;

/** As it is kept: with the weights that the market was made of, for its score. */
export const storedRegime = regime.extend({ calendar: identifier, currency, weights: z.record(z.string(), finite) });
export type StoredRegime = z.infer<typeof storedRegime>;

/** The parameters of a fit as they are kept. */
export function storedParameters({
  parameters,
  expectedDurations,
  logLikelihood,
  status,
  observations,
}: RegimeFit): Pick<
  StoredRegimeFit,
  'means' | 'variances' | 'transition' | 'initial' | 'expectedDurations' | 'logLikelihood' | 'status' | 'observations'
> {
  return {
    means: [...parameters.means],
    variances: [...parameters.variances],
    transition: [...parameters.transition],
    initial: [...parameters.initial],
    expectedDurations: [...expectedDurations],
    logLikelihood,
    status,
    observations,
  };
}

export function regimeParameters({ means, variances, transition, initial }: StoredRegimeFit): RegimeParameters {
  return {
    means: Float64Array.from(means),
    variances: Float64Array.from(variances),
    transition: Float64Array.from(transition),
    initial: Float64Array.from(initial),
  };
}

/**
 * Where a series stands by the days up to its last, and the chance of each state on the days ahead.
 *
 * @param returns daily, fractions, oldest first
 */
export function regimeOf(
  returns: Float64Array,
  fit: StoredRegimeFit,
): Pick<Regime, 'states' | 'mostLikely' | 'transition' | 'forecasts'> {
  const parameters = regimeParameters(fit);
  const { filtered, next } = filterRegimes(returns, parameters);
  const count = fit.states;
  const today = [...filtered.slice(-count)].map(asFraction);
  const ahead = regimeForecast({ parameters, next }, Math.max(...HORIZONS)).probabilities;
  return {
    states: today.map((probability, state) => ({
      state,
      probability,
      meanDaily: fit.means[state] ?? 0,
      volatilityAnnual: annualised(fit.variances[state] ?? 0, 1),
      expectedDurationDays: fit.expectedDurations[state] ?? null,
    })),
    transition: fit.transition.map(asFraction),
    mostLikely: today.indexOf(Math.max(...today)),
    forecasts: HORIZONS.map((horizonDays) => ({
      horizonDays,
      probabilities: [...ahead.slice((horizonDays - 1) * count, horizonDays * count)].map(asFraction),
    })),
  };
}

/** Rounding leaves a probability beyond 0 or 1 by a bit. */
function asFraction(value: number): number {
  return Math.min(1, Math.max(0, value));
}
