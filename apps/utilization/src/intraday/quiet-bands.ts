import { riskMeasure, type BudgetPlan, type LimitMeasure, type RiskMeasure } from '@risk-budget/contracts';
import { absoluteBound, type Figures } from '@risk-budget/market-data';
import {
  PORTFOLIO_NODE_ID,
  type EvaluatedNode,
  type IntradayFigure,
  type IntradayMeasure,
} from '@risk-budget/risk-math';
import { boundInForce, type LimitSide, type LimitSides, type WatchedLimit } from '../limits/limit-watch.js';
import { BudgetIndex } from '../nodes/budget-index.js';
import { noConsumption, treeKinds } from '../nodes/node-assembly.js';
import { stateKey, type NodeStates } from '../nodes/node-states.js';
import { standingBand, type Band, type Thresholds } from '../thresholds/threshold-machine.js';

/** Between which values of a node's figure nothing follows from it. */
export interface QuietBand extends Band {
  readonly nodeId: string;
  readonly figure: IntradayFigure;
}

/** Figures that ticks move and that are not followed tick by tick: a portfolio with such a budget or limit is evaluated at every tick. */
export const NOT_FOLLOWED = 'not followed';

const followed: ReadonlySet<string> = new Set<IntradayMeasure>(['volatility', 'var', 'es', 'trackingError']);

function isFollowed(measure: RiskMeasure): measure is IntradayMeasure {
  return followed.has(measure);
}

/** What decides the states of nodes. */
export interface BudgetSituation {
  readonly nodes: readonly EvaluatedNode[];
  readonly plan: Pick<BudgetPlan, 'trees'> | null;
  readonly thresholds: Thresholds;
  readonly states: NodeStates;
}

/** Consumptions with which each node keeps its state under each measure. */
export function budgetBands({ nodes, plan, thresholds, states }: BudgetSituation): QuietBand[] | typeof NOT_FOLLOWED {
  const budgets = new BudgetIndex(plan);
  const bands: QuietBand[] = [];
  for (const measure of riskMeasure.options) {
    if (!(plan?.trees ?? []).some((tree) => tree.measure === measure)) continue;
    if (!isFollowed(measure)) return NOT_FOLLOWED;
    for (const { nodeId, kind, contributions } of nodes) {
      const consumption = contributions[measure];
      if (consumption === undefined || !treeKinds.has(kind)) continue;
      const budget = budgets.budgetOf(measure, nodeId);
      if (budget === null) {
        if (budgets.reaches(measure, kind))
          bands.push({ nodeId, figure: measure, ...sideOf(consumption, noConsumption) });
      } else if (budget > 0) {
        const state = states.get(stateKey({ nodeId, measure })) ?? 'green';
        if (state === 'unbudgeted') return NOT_FOLLOWED;
        const { low, high } = standingBand(state, thresholds);
        bands.push({ nodeId, figure: measure, low: low * budget, high: high * budget });
      } else {
        bands.push({ nodeId, figure: measure, ...sideOf(consumption, 0) });
      }
    }
  }
  return bands;
}

/** Values on the same side of a boundary. */
function sideOf(value: number, boundary: number): Band {
  return value > boundary ? { low: boundary, high: Infinity } : { low: -Infinity, high: boundary };
}

/** What decides on which side of its bound a limit's figure stands. */
export interface LimitSituation {
  readonly limits: readonly WatchedLimit[];
  readonly sides: LimitSides;
  readonly figures: Figures;
  /** Between these moments a bound that begins or ends in between is not followed. */
  readonly from: string;
  readonly to: string;
}

/** Values with which each limit's figure stays on its side. */
export function limitBands({ limits, sides, figures, from, to }: LimitSituation): QuietBand[] | typeof NOT_FOLLOWED {
  const bands: QuietBand[] = [];
  for (const limit of limits) {
    const inForce = boundInForce(limit, from);
    if (inForce !== boundInForce(limit, to)) return NOT_FOLLOWED;
    if (inForce === undefined) continue;
    const bound = absoluteBound({ ...limit, bound: inForce }, figures);
    if (bound === undefined) continue; // a share of a budget that is not there decides nothing
    const followedAs = figureOf(limit, bound, figures);
    if (followedAs === NOT_FOLLOWED) return NOT_FOLLOWED;
    if (figures.node(limit.nodeId) === 'empty') continue;
    const side = bandOf(limit, bound, sides[limit.limitId]);
    const { figure, scale } = followedAs;
    bands.push({ nodeId: limit.nodeId, figure, low: side.low * scale, high: side.high * scale });
  }
  return bands;
}

/** Values with which a limit's figure stays on its side, by the rule of `assess`. */
function bandOf({ direction, hysteresis }: WatchedLimit, bound: number, side: LimitSide | undefined): Band {
  const closing = hysteresis * Math.abs(bound);
  const inside = direction === 'upper' ? bound - closing : bound + closing;
  if (direction === 'upper') {
    if (side === 'beyond') return { low: bound, high: Infinity };
    return { low: side === 'returning' ? inside : -Infinity, high: bound };
  }
  if (side === 'beyond') return { low: -Infinity, high: bound };
  return { low: bound, high: side === 'returning' ? inside : Infinity };
}

/** The figure behind a limit's, and what a value of the limit is multiplied by to be one of it. */
function figureOf(
  { measure, budgetMeasure, nodeId }: WatchedLimit,
  bound: number,
  figures: Figures,
): { readonly figure: IntradayFigure; readonly scale: number } | typeof NOT_FOLLOWED {
  if (measure === 'utilization') {
    const budget = budgetMeasure === undefined ? null : figures.budget(budgetMeasure, nodeId);
    // The figure is max(0, consumption) / budget: on the same side of a positive bound as the consumption.
    if (budgetMeasure === undefined || budget === null || budget <= 0 || bound <= 0) return NOT_FOLLOWED;
    return isFollowed(budgetMeasure) ? { figure: budgetMeasure, scale: budget } : NOT_FOLLOWED;
  }
  const figure = nodeId === PORTFOLIO_NODE_ID ? { ...nodeFigures, ...portfolioFigures }[measure] : nodeFigures[measure];
  return figure === undefined ? NOT_FOLLOWED : { figure, scale: 1 };
}

const nodeFigures: Partial<Record<LimitMeasure, IntradayFigure>> = {
  weight: 'weight',
  net: 'weight',
  gross: 'gross',
  leverage: 'gross',
  beta: 'beta',
  volatility: 'volatility',
  var: 'var',
  es: 'es',
  trackingError: 'trackingError',
};

/** Stand-alone volatility of the whole is its volatility. */
const portfolioFigures: Partial<Record<LimitMeasure, IntradayFigure>> = { standaloneVolatility: 'volatility' };
