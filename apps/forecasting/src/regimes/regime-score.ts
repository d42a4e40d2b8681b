import { businessDate, finite, forecastMethod, fraction, identifier, instant, uuid } from '@risk-budget/contracts';
import {
  mixtureLogScore,
  regimeForecast,
  stationaryDistribution,
  TRADING_DAYS_PER_YEAR,
  type RegimeParameters,
} from '@risk-budget/risk-math';
import { z } from 'zod';
import type { Regime } from './regime.js';

/** Our own forecast: the filtered probabilities carried on by the chain. */
export const SWITCHING = 'markovSwitching';
/** The reference that it must beat: what the chain says of any day, whatever is known of the last. */
export const STATIONARY = 'stationary';
export const REGIME_METHODS: readonly string[] = [STATIONARY, SWITCHING];

const methodScore = z.object({
  method: forecastMethod,
  probabilities: z.array(fraction).describe('of each state on the day, the calmest first'),
  logScore: finite.describe('ln of the density that they give to the return of the day, higher is better'),
});

/** A forecast of regimes beside the return of the day that it was about. */
export const regimeScore = z.object({
  regimeId: uuid,
  subjectId: identifier,
  states: z.int(),
  horizonDays: z.int(),
  asOf: businessDate.describe('the last day before the horizon'),
  windowEnd: businessDate.describe('the day that was forecast'),
  scoredAt: instant,
  realisedReturn: finite.describe('of that day alone'),
  scores: z.array(methodScore),
});
export type RegimeScore = z.infer<typeof regimeScore>;

/** Probabilities from outside for a day that we forecast as well. */
export interface RivalProbabilities {
  readonly method: string;
  readonly probabilities: readonly number[];
}

/**
 * What each method's probabilities gave to the return of a day, with the means and variances that the model had for its states then. A
 * regime is never seen; its return is.
 */
export function regimeScores(
  regime: Regime,
  horizonDays: number,
  realisedReturn: number,
  rivals: readonly RivalProbabilities[],
): RegimeScore['scores'] {
  const means = Float64Array.from(regime.states, ({ meanDaily }) => meanDaily);
  const variances = Float64Array.from(
    regime.states,
    ({ volatilityAnnual }) => volatilityAnnual ** 2 / TRADING_DAYS_PER_YEAR,
  );
  return [...ownProbabilities(regime, horizonDays, { means, variances }), ...rivals].map(
    ({ method, probabilities }) => ({
      method,
      probabilities: [...probabilities],
      logScore: mixtureLogScore(Float64Array.from(probabilities), means, variances, realisedReturn),
    }),
  );
}

/** A chain that does not rest in one distribution has no reference. */
function ownProbabilities(
  { states, transition, forecasts }: Regime,
  horizonDays: number,
  { means, variances }: Pick<RegimeParameters, 'means' | 'variances'>,
): RivalProbabilities[] {
  const count = states.length;
  const chain = Float64Array.from(transition);
  const resting = stationaryDistribution(chain, count);
  const next = Float64Array.from(forecasts.find((one) => one.horizonDays === 1)?.probabilities ?? []);
  const parameters = { means, variances, transition: chain, initial: next };
  const ahead = regimeForecast({ parameters, next }, horizonDays).probabilities.slice(-count);
  return [
    ...(resting === null ? [] : [{ method: STATIONARY, probabilities: [...resting] }]),
    { method: SWITCHING, probabilities: [...ahead].map((value) => Math.min(1, Math.max(0, value))) },
  ];
}
