import type { BusinessDate } from '@risk-budget/contracts';
import {
  ANNUALISATION,
  drawdowns,
  ewmaVariance,
  filterRegimes,
  fitRegimes,
  standardDeviation,
  TRADING_DAYS_PER_YEAR,
} from '@risk-budget/risk-math';
import type { DynamicRules } from '../dynamic-policies/dynamic-policy.schemas.js';
import { decideFactor } from './adjustment-rule.js';
import type { Preview } from './adjustment.schemas.js';

/** A series and the days over which a policy is tried on it. */
export interface PreviewProblem {
  readonly rules: DynamicRules;
  readonly dates: readonly BusinessDate[];
  /** Simple returns, per day, one for each date. */
  readonly returns: Float64Array;
  /** Position of the first day that is previewed; what stands before it is only learned from. */
  readonly start: number;
  readonly fitDays: number;
  readonly refitDays: number;
}

/** Decay of the volatility forecast: RiskMetrics. */
const LAMBDA = 0.94;
/** Days whose squares the first variance is a mean of. */
const START_DAYS = 75;

/**
 * Walks a policy over a series. The factor of a day is decided at the close of the day before: from regimes fitted on days before their
 * block and filtered up to that close, and from an exponentially weighted volatility (0.94), whatever forecast a policy follows when live.
 *
 * @throws RiskMathError when the regimes cannot be fitted, `tooFewObservations` among its reasons
 */
export function previewPolicy(problem: PreviewProblem): Omit<Preview, 'instrumentId' | 'from' | 'to'> {
  const { rules, dates, returns, start } = problem;
  const regimes = rules.regime === undefined ? undefined : new RegimeWalk(problem, rules.regime.factors.length);
  const volatilities = volatilitiesAtClose(returns);
  const factors = new Float64Array(returns.length - start);
  const adjustments: Preview['adjustments'] = [];
  let factor = 1;
  let adjustedAt: number | undefined;
  for (let day = start; day < returns.length; day++) {
    const close = day - 1;
    if (close >= 0) {
      const decision = decideFactor(
        rules,
        { factor, daysSinceAdjustment: adjustedAt === undefined ? null : close - adjustedAt },
        { probabilities: regimes?.at(close), volatilityAnnual: volatilities[close] },
      );
      if (decision.kind === 'adjust') {
        const { wanted: wantedFactor, reason } = decision;
        adjustments.push({
          date: dates[close] ?? '',
          previousFactor: factor,
          factor: decision.factor,
          wantedFactor,
          reason,
        });
        factor = decision.factor;
        adjustedAt = close;
      }
    }
    factors[day - start] = factor;
  }
  const without = returns.subarray(start);
  return {
    days: factors.length,
    fits: regimes?.fits ?? 0,
    averageFactor: factors.reduce((sum, value) => sum + value, 0) / factors.length,
    lowestFactor: Math.min(...factors),
    adjustments,
    withoutPolicy: figuresOf(without),
    withPolicy: figuresOf(without.map((value, k) => value * (factors[k] ?? 1))),
  };
}

/** Filtered probabilities day by day, each block of days with parameters that were fitted before it. */
class RegimeWalk {
  fits = 0;
  private block: { readonly from: number; readonly to: number; readonly filtered: Float64Array } | undefined;

  constructor(
    private readonly problem: PreviewProblem,
    private readonly states: number,
  ) {}

  at(close: number): number[] {
    const block =
      this.block !== undefined && close >= this.block.from && close < this.block.to ? this.block : this.fitted(close);
    this.block = block;
    const offset = (close - block.from) * this.states;
    return [...block.filtered.subarray(offset, offset + this.states)];
  }

  /** Fits on the days up to a close, and filters on through the block after it: each day's probabilities know that day and those before. */
  private fitted(close: number): { from: number; to: number; filtered: Float64Array } {
    const { returns, fitDays, refitDays } = this.problem;
    const first = Math.max(0, close + 1 - fitDays);
    const { parameters } = fitRegimes(returns.subarray(first, close + 1), { states: this.states as 2 | 3 });
    this.fits++;
    const to = Math.min(returns.length, close + refitDays);
    const { filtered } = filterRegimes(returns.subarray(first, to), parameters);
    return { from: close, to, filtered: filtered.subarray((close - first) * this.states) };
  }
}

/** Annual volatility as it is forecast at each day's close. The first days are forecast each from the days until then alone. */
function volatilitiesAtClose(returns: Float64Array): Float64Array {
  const { variances, nextVariance } = ewmaVariance(returns, { lambda: LAMBDA });
  const upTo = (day: number): number => ewmaVariance(returns.subarray(0, day + 1), { lambda: LAMBDA }).nextVariance;
  return Float64Array.from(returns, (_, day) => {
    const variance = day < START_DAYS ? upTo(day) : (variances[day + 1] ?? nextVariance);
    return Math.sqrt(variance * TRADING_DAYS_PER_YEAR);
  });
}

function figuresOf(returns: Float64Array): Preview['withPolicy'] {
  const days = returns.length;
  const mean = returns.reduce((sum, value) => sum + value, 0) / days;
  return {
    volatilityAnnual: days < 2 ? 0 : standardDeviation(returns) * ANNUALISATION,
    meanAnnual: mean * TRADING_DAYS_PER_YEAR,
    worstDay: returns.reduce((worst, value) => Math.min(worst, value), 0),
    maximumDrawdown: drawdowns(returns).reduce((deepest, value) => Math.max(deepest, value), 0),
  };
}
