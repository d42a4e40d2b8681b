import type { RiskMeasure } from '../foundation/conventions.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { FIGURE_COUNT, TRACKING_ERROR, addTo, positionOf } from './figures.js';
import { contributionsInto, portfolioRisk } from './portfolio-risk.js';
import { preparePortfolio } from './prepared.js';
import type { PortfolioEvaluationInput } from './types.js';

/** Euler contributions of one measure by leaf, in the order of the input. */
export interface LeafContributions {
  readonly total: number;
  readonly leaves: Float64Array;
  /** What the benchmark holds and the portfolio does not; 0 for all but tracking error. */
  readonly benchmark: number;
}

/**
 * The contributions of `evaluatePortfolio` for one measure and the leaves alone: the same figures to the last bit, without
 * the tree, the views and stand-alone risk.
 *
 * @throws RiskMathError as `evaluatePortfolio`; `invalidInput` when the input does not allow the measure
 */
export function leafContributions(input: PortfolioEvaluationInput, measure: RiskMeasure): LeafContributions {
  const portfolio = preparePortfolio({ ...input, measures: [measure] });
  if (!portfolio.measures.has(measure)) {
    const lacking = measure === 'trackingError' ? 'a benchmark' : 'scenarios';
    throw new RiskMathError('invalidInput', `${measure} needs ${lacking}`, { field: 'measure' });
  }
  const risk = portfolioRisk(portfolio);
  const position = positionOf(measure);
  const row = new Float64Array(FIGURE_COUNT);
  const leaves = Float64Array.from(portfolio.leaves, ({ instrument, weight, activeWeight }) => {
    contributionsInto(row, 0, risk, instrument, weight, activeWeight);
    return row[position]!;
  });
  const benchmark = new Float64Array(FIGURE_COUNT);
  if (position === TRACKING_ERROR) {
    for (const { instrument, weight, activeWeight } of portfolio.benchmark?.node ?? []) {
      contributionsInto(row, 0, risk, instrument, weight, activeWeight);
      addTo(benchmark, row);
    }
  }
  return { total: risk.totals[position]!, leaves, benchmark: benchmark[position]! };
}
