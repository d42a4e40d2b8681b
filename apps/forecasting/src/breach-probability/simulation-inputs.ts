import type { RiskModelMethod } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import {
  createReturns,
  filteredReturns,
  RandomStream,
  type ModelMemory,
  type PathBenchmark,
} from '@risk-budget/risk-math';
import type { ReturnsPanel } from '../subjects/returns-panel.js';
import type { Subject } from '../subjects/subject.js';

/** Decay of the volatilities by which past days are scaled to today. */
const FILTER_LAMBDA = 0.94;

/** How the model of the policy forgets the past. */
export function memoryOf(method: RiskModelMethod): ModelMemory {
  return method.method === 'ewma'
    ? { kind: 'decay', lambda: 0.5 ** (1 / method.halfLifeDays) }
    : { kind: 'window', days: method.windowDays };
}

/** Returns of the positions as they were, and as they would be at today's volatility of each name, day by day. */
export function histories(
  panel: ReturnsPanel,
  { positions }: Pick<PortfolioInputs, 'positions'>,
): { readonly past: Float64Array; readonly scaled: Float64Array } {
  const width = positions.length;
  const past = new Float64Array(panel.dates.length * width);
  positions.forEach(({ instrumentId }, i) => {
    panel.series(new Map([[instrumentId, 1]])).forEach((value, t) => (past[t * width + i] = value));
  });
  return { past, scaled: atTodaysVolatility(past, width) };
}

/**
 * What the portfolio is measured against, on the same days. Undefined where nobody knows its returns in the portfolio's currency. A
 * benchmark of weights is taken off the positions in proportion to their size, as the evaluator does.
 */
export function benchmarkOf(
  panel: ReturnsPanel,
  { positions, portfolio, evaluation }: Pick<PortfolioInputs, 'positions' | 'portfolio' | 'evaluation'>,
  market: Subject | undefined,
): PathBenchmark | undefined {
  const { benchmark } = evaluation;
  if (benchmark === undefined || market === undefined) return undefined;
  if (market.currency !== portfolio.baseCurrency || panel.missing(market.weights).length > 0) return undefined;
  const past = panel.series(market.weights);
  const weights = new Map(
    benchmark.kind === 'series' ? [] : benchmark.weights.map(({ instrumentId, weight }) => [instrumentId, weight]),
  );
  const gross = new Map<string, number>();
  for (const { instrumentId, weight } of positions) {
    gross.set(instrumentId, (gross.get(instrumentId) ?? 0) + Math.abs(weight));
  }
  const taken = Float64Array.from(positions, ({ instrumentId, weight }) => {
    const whole = gross.get(instrumentId) ?? 0;
    return whole === 0 ? 0 : ((weights.get(instrumentId) ?? 0) * Math.abs(weight)) / whole;
  });
  return { past, scaled: atTodaysVolatility(past, 1), taken };
}

/** Past days drawn with replacement, path by path. The same seed draws the same days. */
export function drawsOf(seed: number, days: number, paths: number, horizonDays: number): Int32Array {
  const stream = new RandomStream(seed);
  return Int32Array.from({ length: paths * horizonDays }, () =>
    Math.min(days - 1, Math.floor(stream.uniform() * days)),
  );
}

/** Place of the name of each position: one instrument may be held by several strategies. */
export function namesOf({ positions }: Pick<PortfolioInputs, 'positions'>): number[] {
  const places = new Map<string, number>();
  return positions.map(({ instrumentId }) => {
    const place = places.get(instrumentId) ?? places.size;
    places.set(instrumentId, place);
    return place;
  });
}

function atTodaysVolatility(past: Float64Array, width: number): Float64Array {
  const returns = createReturns(past, past.length / width, width);
  return filteredReturns(returns, { kind: 'ewma', lambda: FILTER_LAMBDA }).values;
}
