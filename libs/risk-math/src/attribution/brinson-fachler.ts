import { requireFiniteNumber, requireIds } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** A sector, strategy or other group over one period. Cash is a group like any other. */
export interface AttributionGroup {
  readonly id: string;
  /** At the start of the period, fraction of NAV. */
  readonly portfolioWeight: number;
  readonly benchmarkWeight: number;
  /** Simple return over the period; `null` where the portfolio holds nothing of it. */
  readonly portfolioReturn: number | null;
  /** Simple return over the period; `null` where the benchmark holds nothing of it. */
  readonly benchmarkReturn: number | null;
}

/** What one group added to the active return, fraction of NAV. */
export interface AttributionEffects {
  /** (w − b)(R_b,i − R_b): from the weight of the group. */
  readonly allocation: number;
  /** b (R_p,i − R_b,i): from the choice within the group. */
  readonly selection: number;
  /** (w − b)(R_p,i − R_b,i): from both at once. */
  readonly interaction: number;
  /** The three together. */
  readonly total: number;
}

export interface BrinsonFachler {
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  /** Portfolio less benchmark return: the sum of all effects. */
  readonly activeReturn: number;
  readonly groups: readonly (AttributionEffects & { readonly id: string })[];
  readonly total: AttributionEffects;
}

/** Weights may miss 1 by this. */
const WHOLE = 1e-9;

/**
 * Attribution of one period's active return to groups.
 *
 * A group that one side does not hold has the other side's return there, so that all of its effect is allocation.
 *
 * Source: Brinson and Fachler, "Measuring non-US equity portfolio performance", Journal of Portfolio Management 11 (1985).
 *
 * @throws RiskMathError `invalidInput` when weights do not sum to 1, a held group has no return, an id repeats or a number is
 *   not finite
 */
export function brinsonFachler(groups: readonly AttributionGroup[]): BrinsonFachler {
  requireIds(
    groups.map(({ id }) => id),
    groups.length,
    'groups',
  );
  const sides = groups.map(returnsOf);
  requireWhole(groups, 'portfolioWeight');
  requireWhole(groups, 'benchmarkWeight');
  let portfolioReturn = 0;
  let benchmarkReturn = 0;
  groups.forEach(({ portfolioWeight, benchmarkWeight }, i) => {
    portfolioReturn += portfolioWeight * sides[i]!.portfolio;
    benchmarkReturn += benchmarkWeight * sides[i]!.benchmark;
  });
  const total = { allocation: 0, selection: 0, interaction: 0, total: 0 };
  const effects = groups.map(({ id, portfolioWeight, benchmarkWeight }, i) => {
    const { portfolio, benchmark } = sides[i]!;
    const active = portfolioWeight - benchmarkWeight;
    const allocation = active * (benchmark - benchmarkReturn);
    const selection = benchmarkWeight * (portfolio - benchmark);
    const interaction = active * (portfolio - benchmark);
    total.allocation += allocation;
    total.selection += selection;
    total.interaction += interaction;
    return { id, allocation, selection, interaction, total: allocation + selection + interaction };
  });
  total.total = total.allocation + total.selection + total.interaction;
  return { portfolioReturn, benchmarkReturn, activeReturn: portfolioReturn - benchmarkReturn, groups: effects, total };
}

function returnsOf(group: AttributionGroup): { readonly portfolio: number; readonly benchmark: number } {
  const portfolio = sideReturn(group, 'portfolio', group.portfolioWeight, group.portfolioReturn);
  const benchmark = sideReturn(group, 'benchmark', group.benchmarkWeight, group.benchmarkReturn);
  return { portfolio: portfolio ?? benchmark ?? 0, benchmark: benchmark ?? portfolio ?? 0 };
}

function sideReturn(group: AttributionGroup, side: string, weight: number, value: number | null): number | null {
  requireFiniteNumber(weight, `${side} weight of ${group.id}`);
  if (value !== null) {
    requireFiniteNumber(value, `${side} return of ${group.id}`);
    return value;
  }
  if (weight === 0) return null;
  throw new RiskMathError('invalidInput', `${group.id} has a ${side} weight and no ${side} return`, {
    field: `${side}Return`,
    ids: [group.id],
  });
}

function requireWhole(groups: readonly AttributionGroup[], side: 'portfolioWeight' | 'benchmarkWeight'): void {
  const sum = groups.reduce((total, group) => total + group[side], 0);
  if (Math.abs(sum - 1) > WHOLE) {
    throw new RiskMathError('invalidInput', `${side}s sum to ${sum}; with cash they must sum to 1`, { field: side });
  }
}
