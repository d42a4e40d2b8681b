import { requireFinite, requireInteger, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

export interface ChangePoints {
  /** The first day of each stretch after the first, ascending. */
  readonly days: readonly number[];
  /** Of each stretch, fraction² per day about a mean of 0 (or its own mean). */
  readonly variances: Float64Array;
  /** Σ of the stretches' costs and a penalty for each change: what no other set of changes undercuts. */
  readonly cost: number;
  /** For each change. */
  readonly penalty: number;
}

export interface ChangePointOptions {
  /** Days that a stretch lasts at least. Default 20. */
  readonly leastDays?: number;
  /** Cost of a change. Default 2 ln T for the variance (3 ln T with a mean): BIC, the day itself counted as a parameter. */
  readonly penalty?: number;
  /** `zero`: stretches differ in variance only. `own`: in mean as well. Default `zero`. */
  readonly mean?: 'zero' | 'own';
}

/** A stretch's variance counts as at least this share of the whole: days without a move have a cost without bound. */
const LEAST_VARIANCE = 1e-6;

/**
 * Days on which the variance of a series changes: the exact minimum of Σ of T_s (ln 2πσ_s² + 1) over stretches with a
 * penalty for each change, by pruned dynamic programming (PELT).
 *
 * Source: Killick, Fearnhead and Eckley, Journal of the American Statistical Association 107 (2012), algorithm 1.
 *
 * @throws RiskMathError `tooFewObservations` below two stretches; `outOfDomain` when the returns do not vary
 */
export function varianceChangePoints(returns: Float64Array, options: ChangePointOptions = {}): ChangePoints {
  const { leastDays = 20, mean = 'zero' } = options;
  requireInteger(leastDays, 2, 'leastDays');
  requireObservations(returns.length, 2 * leastDays, 'a search for changes');
  requireFinite(returns, 'returns');
  const count = returns.length;
  const penalty = options.penalty ?? (mean === 'zero' ? 2 : 3) * Math.log(count);
  if (!(penalty >= 0 && Number.isFinite(penalty))) {
    throw new RiskMathError('invalidInput', `penalty is ${String(penalty)}; it must not be below 0`, {
      field: 'penalty',
    });
  }
  const cost = stretchCost(returns, mean);
  const best = new Float64Array(count + 1).fill(Infinity);
  const before = new Int32Array(count + 1);
  best[0] = -penalty;
  let candidates = [{ start: 0, until: Infinity }];
  for (let end = leastDays; end <= count; end++) {
    const totals = candidates.map(({ start }) => best[start]! + cost.of(start, end) + penalty);
    let lowest = 0;
    totals.forEach((total, k) => {
      if (total < totals[lowest]!) lowest = k;
    });
    best[end] = totals[lowest]!;
    before[end] = candidates[lowest]!.start;
    // A start beaten by a change here stays beaten, for costs are subadditive, once a stretch from here may end.
    const beaten = best[end]! + penalty;
    candidates = candidates
      .map((candidate, k) =>
        totals[k]! >= beaten && candidate.until === Infinity ? { ...candidate, until: end + leastDays } : candidate,
      )
      .filter(({ until }) => end + 1 < until);
    const opened = end - leastDays + 1;
    if (opened >= leastDays) candidates.push({ start: opened, until: Infinity });
  }
  const days: number[] = [];
  for (let end = count; before[end]! > 0; end = before[end]!) days.unshift(before[end]!);
  const edges = [0, ...days, count];
  return {
    days,
    variances: Float64Array.from({ length: edges.length - 1 }, (_, k) => cost.variance(edges[k]!, edges[k + 1]!)),
    cost: best[count]!,
    penalty,
  };
}

interface StretchCost {
  /** −2 ln of the normal likelihood of the days from start to end. */
  of(start: number, end: number): number;
  variance(start: number, end: number): number;
}

function stretchCost(returns: Float64Array, mean: 'zero' | 'own'): StretchCost {
  const count = returns.length;
  let largest = 0;
  for (const value of returns) largest = Math.max(largest, Math.abs(value));
  if (!(largest > 0)) {
    throw new RiskMathError('outOfDomain', 'the returns do not vary', { field: 'returns' });
  }
  const sums = new Float64Array(count + 1);
  const squares = new Float64Array(count + 1);
  returns.forEach((value, t) => {
    sums[t + 1] = sums[t]! + value / largest;
    squares[t + 1] = squares[t]! + (value / largest) ** 2;
  });
  const least = (LEAST_VARIANCE * squares[count]!) / count;
  const spread = (start: number, end: number): number => {
    const days = end - start;
    const centre = mean === 'own' ? (sums[end]! - sums[start]!) / days : 0;
    return Math.max(0, (squares[end]! - squares[start]!) / days - centre * centre);
  };
  const unit = Math.log(2 * Math.PI) + 2 * Math.log(largest);
  return {
    of: (start, end) => {
      const seen = spread(start, end);
      const variance = Math.max(least, seen);
      return (end - start) * (Math.log(variance) + seen / variance + unit);
    },
    variance: (start, end) => Math.max(least, spread(start, end)) * largest * largest,
  };
}
