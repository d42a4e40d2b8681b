import type { CorrelationMatrix } from '@risk-budget/contracts';
import {
  correlationsOf,
  createReturns,
  dccForecast,
  ewmaCovariance,
  ewmaVariance,
  filterDcc,
  filterGarch,
  filterVolatility,
  RiskMathError,
  type DccState,
  type Returns,
} from '@risk-budget/risk-math';
import type { StoredForecast } from '../volatility/forecast.js';
import { annualised, HORIZONS } from '../volatility/horizons.js';
import { garchSpecification, parametersOf, type VolatilityEstimate } from '../volatility/volatility-fit.js';

/** A subject of a set on the day: its returns, and what was forecast of its own. */
export interface CorrelationMember {
  readonly returns: Float64Array;
  readonly forecast: Pick<StoredForecast, 'asOf' | 'volatilities'>;
  readonly fit: VolatilityEstimate | undefined;
}

/**
 * A subject among others of another currency: its own forecasts are of other returns, so that its variances in this one are EWMA's.
 *
 * @param returns in the currency of the set
 */
export function memberAbroad(
  returns: Float64Array,
  { asOf }: Pick<StoredForecast, 'asOf'>,
  lambda: number,
): CorrelationMember {
  const { nextVariance } = ewmaVariance(returns, { lambda });
  const volatilities = HORIZONS.map((horizonDays) => {
    const variance = nextVariance * horizonDays;
    return { method: 'ewma', horizonDays, variance, volatilityAnnual: annualised(variance, horizonDays) };
  });
  return { returns, forecast: { asOf, volatilities }, fit: undefined };
}

/** Columns side by side, one a member. */
export function panelOfMembers(columns: readonly Float64Array[]): Returns {
  const days = columns[0]?.length ?? 0;
  const values = new Float64Array(days * columns.length);
  columns.forEach((column, i) => {
    for (let t = 0; t < days; t++) values[t * columns.length + i] = column[t]!;
  });
  return createReturns(values, days, columns.length);
}

/** Returns over the deviations that GARCH gives them, or EWMA where it has no parameters or they do not fit these returns. */
export function residualsOf(members: readonly CorrelationMember[], lambda: number): Returns {
  return panelOfMembers(
    members.map(({ returns, fit }) => garchResiduals(returns, fit) ?? ewmaResiduals(returns, lambda)),
  );
}

function garchResiduals(returns: Float64Array, fit: VolatilityEstimate | undefined): Float64Array | undefined {
  if (fit === undefined || fit.garch === null) return undefined;
  try {
    return filterGarch(returns, garchSpecification('garch'), parametersOf(fit.garch)).standardisedResiduals;
  } catch (error) {
    if (RiskMathError.is(error)) return undefined;
    throw error;
  }
}

function ewmaResiduals(returns: Float64Array, lambda: number): Float64Array {
  return filterVolatility(createReturns(returns, returns.length, 1), { kind: 'ewma', lambda }).residuals.values;
}

/**
 * Correlations of EWMA: they stand still, so that all horizons have the same.
 *
 * @throws RiskMathError `outOfDomain` where a member has not moved
 */
export function ewmaMatrices(members: readonly CorrelationMember[], lambda: number): CorrelationMatrix[] {
  const { values } = ewmaCovariance(panelOfMembers(members.map(({ returns }) => returns)), { lambda });
  const size = members.length;
  const own = correlationsOf(values, size).correlations;
  const correlations = lowerTriangle(size, (i, j) => own[i * size + j]!);
  return HORIZONS.map((horizonDays) => ({
    method: 'ewma',
    horizonDays,
    variances: members.map((member) => varianceOf(member, 'ewma', horizonDays)),
    correlations,
  }));
}

/**
 * Dynamic conditional correlations at parameters that are known, run over all residuals. Over a horizon they are the mean of its days’.
 *
 * @throws RiskMathError as `filterDcc`
 */
export function dccMatrices(
  members: readonly CorrelationMember[],
  residuals: Returns,
  parameters: Pick<DccState, 'a' | 'b'>,
): CorrelationMatrix[] {
  const state = filterDcc(residuals, parameters);
  const size = members.length;
  let days = 0;
  const sum = new Float64Array(size * size);
  return HORIZONS.map((horizonDays) => {
    for (; days < horizonDays; days++) dccForecast(state, days + 1).forEach((value, p) => (sum[p]! += value));
    return {
      method: 'dcc',
      horizonDays,
      variances: members.map((member) => varianceOf(member, 'garch', horizonDays)),
      correlations: lowerTriangle(size, (i, j) => sum[i * size + j]! / horizonDays),
    };
  });
}

/** The member’s own forecast by a method, by EWMA where there is none. */
function varianceOf({ forecast: { volatilities } }: CorrelationMember, method: string, horizonDays: number): number {
  const by = (name: string) => volatilities.find((one) => one.method === name && one.horizonDays === horizonDays);
  return (by(method) ?? by('ewma'))?.variance ?? 0;
}

/** Rounding leaves a correlation beyond ±1 by a bit. */
function lowerTriangle(size: number, at: (row: number, column: number) => number): number[] {
  const values: number[] = [];
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) values.push(Math.min(1, Math.max(-1, at(i, j))));
  return values;
}
