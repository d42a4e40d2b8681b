import type { LimitBound, LimitMeasure, RiskMeasure } from '@risk-budget/contracts';
import { figureOf, type Figures } from './figures.js';
import { isRiskMeasure } from './limit-nodes.js';

/** What an assessment needs to know of a limit; its bound is that of the override when one is in force. */
export interface AssessedLimit {
  readonly nodeId: string;
  readonly measure: LimitMeasure;
  readonly budgetMeasure?: RiskMeasure | undefined;
  readonly direction: 'upper' | 'lower';
  readonly bound: LimitBound;
  /** Fraction of the bound. */
  readonly hysteresis: number;
}

/** A limit held against figures. */
export type Assessment =
  | {
      readonly kind: 'evaluated';
      readonly value: number;
      /** Absolute, in the measure's unit. */
      readonly bound: number;
      /** Distance to the bound: positive inside, negative beyond, for either direction. */
      readonly headroom: number;
      /** Strictly beyond the bound; equal complies. */
      readonly beyond: boolean;
      /** Far enough inside for a breach to close. */
      readonly closes: boolean;
    }
  /** `notIncluded`: the figures do not say. `unbudgeted`: a share of a budget that does not exist. */
  | { readonly kind: 'notEvaluated'; readonly reason: 'notIncluded' | 'unbudgeted'; readonly value: number | null };

/**
 * Holds a limit against figures: strictly beyond the bound is a breach, equal complies. Closing needs the figure
 * `hysteresis × |bound|` inside; opening never does.
 */
export function assess(limit: AssessedLimit, figures: Figures): Assessment {
  const value = figureOf(figures, limit.nodeId, limit.measure, limit.budgetMeasure);
  const bound = absoluteBound(limit, figures);
  if (bound === undefined) return { kind: 'notEvaluated', reason: 'unbudgeted', value: value ?? null };
  if (value === undefined) {
    const unbudgeted = limit.measure === 'utilization' && limit.budgetMeasure !== undefined && noBudget(limit, figures);
    return { kind: 'notEvaluated', reason: unbudgeted ? 'unbudgeted' : 'notIncluded', value: null };
  }
  return held(limit, value, bound);
}

/** A figure held against a bound, both in the measure's unit. */
export function held(
  { direction, hysteresis }: Pick<AssessedLimit, 'direction' | 'hysteresis'>,
  value: number,
  bound: number,
): Extract<Assessment, { kind: 'evaluated' }> {
  const headroom = direction === 'upper' ? bound - value : value - bound;
  return {
    kind: 'evaluated',
    value,
    bound,
    headroom,
    beyond: direction === 'upper' ? value > bound : value < bound,
    closes: headroom >= hysteresis * Math.abs(bound),
  };
}

/** The bound in the measure's unit; undefined for a share of a budget that the node does not have. */
export function absoluteBound(
  limit: AssessedLimit,
  figures: Pick<Figures, 'budget' | 'limitBudgetFactor'>,
): number | undefined {
  if (limit.bound.kind === 'absolute') return limit.bound.value;
  if (!isRiskMeasure(limit.measure)) return undefined;
  const budget = figures.budget(limit.measure, limit.nodeId);
  return budget === null ? undefined : limit.bound.share * budget * figures.limitBudgetFactor;
}

function noBudget(limit: AssessedLimit, figures: Figures): boolean {
  const budget = limit.budgetMeasure === undefined ? null : figures.budget(limit.budgetMeasure, limit.nodeId);
  return budget === null || budget <= 0;
}
