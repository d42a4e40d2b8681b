import {
  combine,
  ewmaVariance,
  filterGarch,
  garchForecast,
  harForecast,
  RiskMathError,
  type VarianceForecast,
} from '@risk-budget/risk-math';
import { annualised, BASE_METHODS, COMBINATION, HORIZONS } from './horizons.js';
import { garchSpecification, parametersOf, type StoredGarch, type VolatilityEstimate } from './volatility-fit.js';

/** The variance of the sum of the next days' returns, by one method. */
export interface HorizonVariance {
  readonly method: string;
  readonly horizonDays: number;
  readonly variance: number;
  readonly volatilityAnnual: number;
}

/** Weight of each base method in the combination; the methods given share all of it. */
export type MethodWeights = (horizonDays: number, methods: readonly string[]) => Float64Array;

/**
 * Forecasts of a series by every method that has parameters, at each horizon: EWMA carries its variance on, GARCH and GJR sum
 * their variance forecasts, HAR is fitted to each horizon. The combination is the weighted mean of the others.
 *
 * @param returns daily, fractions, oldest first
 */
export function forecastVolatility(
  returns: Float64Array,
  fit: VolatilityEstimate,
  lambda: number,
  weightsOf: MethodWeights,
): HorizonVariance[] {
  const byMethod = new Map<string, (horizonDays: number) => number>();
  const { nextVariance } = ewmaVariance(returns, { lambda });
  byMethod.set('ewma', (days) => nextVariance * days);
  for (const model of ['garch', 'gjr'] as const) {
    const path = fit[model] === null ? undefined : garchPath(returns, model, fit[model]);
    if (path !== undefined) byMethod.set(model, (days) => sumOf(path.daily, days));
  }
  const squares = returns.map((value) => value * value);
  const har = fit.har === null ? undefined : harTotals(squares, fit.har);
  if (har !== undefined) byMethod.set('har', (days) => har.get(days) ?? 0);
  return HORIZONS.flatMap((horizonDays) => {
    const methods = BASE_METHODS.filter((method) => isForecast(byMethod.get(method)?.(horizonDays)));
    const variances = methods.map((method) => byMethod.get(method)?.(horizonDays) ?? 0);
    if (methods.length === 0) return [];
    const combined = combine(variances, weightsOf(horizonDays, methods));
    return [...methods, COMBINATION].map((method, at) => {
      const variance = variances[at] ?? combined;
      return { method, horizonDays, variance, volatilityAnnual: annualised(variance, horizonDays) };
    });
  });
}

/** A filter at old parameters can fail on new returns: the method is left out until its next fit. */
function garchPath(returns: Float64Array, model: 'garch' | 'gjr', stored: StoredGarch): VarianceForecast | undefined {
  const specification = garchSpecification(model);
  const parameters = parametersOf(stored);
  return unlessRefused(() => {
    const { nextVariance } = filterGarch(returns, specification, parameters);
    const { persistence } = stored;
    return garchForecast({ specification, parameters, persistence, nextVariance }, Math.max(...HORIZONS));
  });
}

function harTotals(
  squares: Float64Array,
  fits: NonNullable<VolatilityEstimate['har']>,
): Map<number, number> | undefined {
  return unlessRefused(
    () =>
      new Map(
        fits.map(({ horizonDays, coefficients }) => [
          horizonDays,
          harForecast({ lags: [1, 5, 22], horizonDays, coefficients: Float64Array.from(coefficients) }, squares).total,
        ]),
      ),
  );
}

function unlessRefused<Result>(compute: () => Result): Result | undefined {
  try {
    return compute();
  } catch (error) {
    if (RiskMathError.is(error)) return undefined;
    throw error;
  }
}

/** A loss of QLIKE exists for positive forecasts only. */
function isForecast(variance: number | undefined): boolean {
  return variance !== undefined && variance > 0 && Number.isFinite(variance);
}

function sumOf(daily: Float64Array, days: number): number {
  let total = 0;
  for (let k = 0; k < days; k++) total += daily[k] ?? 0;
  return total;
}
