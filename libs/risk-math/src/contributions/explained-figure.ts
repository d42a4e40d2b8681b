import { evaluatePortfolio } from '../evaluation/evaluate-portfolio.js';
import type { PortfolioEvaluation } from '../evaluation/types.js';
import { requireFiniteNumber } from '../foundation/guards.js';
import type { ChangeSource, ExplainedChangeInput } from './explained-change.js';
import { coalitionPortfolios } from './explained-states.js';
import { shapleyValues } from './shapley.js';

/** A figure at both dates and what its change came from. */
export interface ExplainedFigure {
  readonly from: number;
  readonly to: number;
  /** By source; with `specification` they sum to `to − from`. */
  readonly effects: Readonly<Partial<Record<ChangeSource, number>>>;
  /** From the change of model specification; `null` when it did not change. */
  readonly specification: number | null;
}

/**
 * The Shapley split of the change of any one figure of a portfolio: a weight, a concentration, a beta, a stand-alone risk.
 * As `explainChange`, without its budget and without leaves, over which such a figure need not add up.
 *
 * @param input its measure decides between volatilities and correlations, and the scenario window, as sources
 * @param figureOf the figure of one state
 * @throws RiskMathError as `explainChange`; `invalidInput` when a state's figure is not finite
 */
export function explainFigure(
  input: Omit<ExplainedChangeInput, 'nodes'>,
  figureOf: (evaluation: PortfolioEvaluation) => number,
): ExplainedFigure {
  const { sources, states, respecified } = coalitionPortfolios(input);
  const valueOf = (portfolio: (typeof states)[number]): number => finite(figureOf(evaluatePortfolio(portfolio)));
  const values = states.map((portfolio) => Float64Array.of(valueOf(portfolio)));
  const split = shapleyValues(values, sources.length, 1);
  const [from, after] = [values[0]![0]!, values.at(-1)![0]!];
  const to = respecified === null ? after : valueOf(respecified);
  return {
    from,
    to,
    effects: Object.fromEntries(sources.map((source, k) => [source, split[k]!])),
    specification: respecified === null ? null : to - after,
  };
}

function finite(value: number): number {
  requireFiniteNumber(value, 'the figure of a state');
  return value;
}
