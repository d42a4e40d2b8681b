import type { InputMark, PortfolioInputs } from '@risk-budget/market-data';
import { IntervalWatch, IntradayPortfolio, RiskMathError, type WatchedFigure } from '@risk-budget/risk-math';
import type { QuietBand } from './quiet-bands.js';

/** A figure this close to a bound, relative to it, is left to the full evaluation: sums made price by price differ from its own by less. */
const margin = 1e-8;

/** A price of an instrument. */
export type NewPrice = Pick<InputMark, 'instrumentId' | 'price'>;

/** What is followed: an evaluation's input, and what of a portfolio could change beside its figures. */
export interface FollowedInputs extends Pick<PortfolioInputs, 'evaluation' | 'stalePrices' | 'unmodelled'> {
  readonly positions: readonly unknown[];
  readonly marks: readonly NewPrice[];
}

/**
 * Follows a portfolio tick by tick from an evaluation on, and says whether anything can follow from a tick: whether a figure may have left
 * its band. Every figure is exact after each tick, at a cost that hardly grows with the number of positions.
 */
export class QuietTicks {
  private readonly watch: IntervalWatch;

  private constructor(
    private readonly portfolio: IntradayPortfolio,
    bands: readonly QuietBand[],
  ) {
    this.watch = new IntervalWatch(
      portfolio,
      bands.flatMap((band) => this.watched(band)),
    );
  }

  /** @returns undefined where a tick can change more than figures (stale prices, names without a model), or a figure has no band */
  static from(inputs: FollowedInputs, bands: readonly QuietBand[]): QuietTicks | undefined {
    const { evaluation, positions, marks } = inputs;
    const isSimple =
      inputs.stalePrices.length === 0 &&
      inputs.unmodelled.length === 0 &&
      positions.length === evaluation.leaves.length;
    if (!isSimple) return undefined;
    const prices = new Map(marks.map(({ instrumentId, price }) => [instrumentId, price]));
    const byRow = Float64Array.from(evaluation.model.instrumentIds, (id) => prices.get(id) ?? 1);
    try {
      // Nothing followed here comes from scenarios.
      return new QuietTicks(new IntradayPortfolio({ ...evaluation, scenarios: undefined }, byRow), bands);
    } catch (error) {
      if (RiskMathError.is(error)) return undefined;
      throw error;
    }
  }

  /** Takes prices over. @returns false when something may follow from them: the portfolio is to be evaluated then, and followed anew */
  areQuiet(prices: readonly NewPrice[]): boolean {
    try {
      return prices.every(({ instrumentId, price }) => {
        const row = this.portfolio.rowOf(instrumentId);
        this.portfolio.setPrice(row, price);
        return this.watch.afterPrice(row).length === 0;
      });
    } catch (error) {
      if (RiskMathError.is(error)) return false;
      throw error;
    }
  }

  private watched({ nodeId, figure, low, high }: QuietBand): WatchedFigure[] {
    const node = this.portfolio.nodeOf(nodeId);
    if (node === undefined) return []; // holds nothing, whatever the prices
    const inner = { low: low + margin * Math.abs(low), high: high - margin * Math.abs(high) };
    return [
      { node, figure, low: Number.isFinite(low) ? inner.low : low, high: Number.isFinite(high) ? inner.high : high },
    ];
  }
}
