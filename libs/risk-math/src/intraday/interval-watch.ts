import { requireFiniteNumber } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { IntradayMeasure, IntradayPortfolio } from './intraday-portfolio.js';

/** A figure of a node that is known after every price. */
export type IntradayFigure = IntradayMeasure | 'weight' | 'gross' | 'beta';

/** A figure, and between which values nothing follows from it. */
export interface WatchedFigure {
  readonly node: number;
  readonly figure: IntradayFigure;
  /** −Infinity when no value is too low. */
  readonly low: number;
  /** Infinity when none is too high. */
  readonly high: number;
}

/** A figure of a node at the present prices; undefined when the input does not allow it. */
export function intradayFigure(portfolio: IntradayPortfolio, figure: IntradayFigure, node: number): number | undefined {
  switch (figure) {
    case 'weight':
      return portfolio.nodeWeight(node);
    case 'gross':
      return portfolio.nodeGrossWeight(node);
    case 'beta':
      return portfolio.nodeBeta(node);
    case 'volatility':
    case 'var':
    case 'es':
    case 'trackingError':
      return portfolio.contribution(figure, node);
  }
}

/**
 * Finds the figures that have left their interval. After a price, those of the nodes that hold the instrument and those that stood
 * near a bound at the last sweep are looked at, all of them exactly; a sweep looks at all.
 */
export class IntervalWatch {
  private readonly watched: WatchedFigure[];
  private readonly byNode: (number[] | undefined)[] = [];
  /** Watched figures near a bound at the last sweep. */
  private readonly near: Int32Array;
  private nearCount = 0;
  private readonly left: number[] = [];

  /**
   * @param nearBound distance from a bound, relative to it, within which a figure is looked at after every price. Default 0.02
   * @throws RiskMathError `invalidInput` on an interval without room, or a figure that the portfolio does not have
   */
  constructor(
    private readonly portfolio: IntradayPortfolio,
    watched: readonly WatchedFigure[],
    private readonly nearBound = 0.02,
  ) {
    requireFiniteNumber(nearBound, 'nearBound');
    this.watched = [...watched];
    this.near = new Int32Array(watched.length);
    watched.forEach((entry, index) => {
      this.check(entry);
      (this.byNode[entry.node] ??= []).push(index);
    });
    this.sweep();
  }

  /** Gives a watched figure another interval, as when its state has changed. */
  moveInterval(index: number, low: number, high: number): void {
    const entry = { ...this.watched[index]!, low, high };
    this.check(entry);
    this.watched[index] = entry;
  }

  /** Numbers of the figures outside their interval among those of an instrument's nodes and those near a bound. Valid until the next call. */
  afterPrice(row: number): readonly number[] {
    this.left.length = 0;
    this.portfolio.forEachNodeOf(row, (node) => {
      const indices = this.byNode[node];
      if (indices !== undefined) for (const index of indices) this.lookOnce(index);
    });
    for (let at = 0; at < this.nearCount; at++) this.lookOnce(this.near[at]!);
    return this.left;
  }

  /** The same of all figures; finds anew which stand near a bound. */
  sweep(): readonly number[] {
    this.left.length = 0;
    this.nearCount = 0;
    for (let index = 0; index < this.watched.length; index++) {
      const value = this.look(index);
      const { low, high } = this.watched[index]!;
      if (this.isNear(value, low) || this.isNear(value, high)) this.near[this.nearCount++] = index;
    }
    return this.left;
  }

  private lookOnce(index: number): void {
    if (!this.left.includes(index)) this.look(index);
  }

  private look(index: number): number {
    const { node, figure, low, high } = this.watched[index]!;
    const value = intradayFigure(this.portfolio, figure, node)!;
    if (!(value > low && value < high)) this.left.push(index);
    return value;
  }

  private isNear(value: number, bound: number): boolean {
    return Math.abs(value - bound) <= this.nearBound * Math.abs(bound) && Number.isFinite(bound);
  }

  private check({ node, figure, low, high }: WatchedFigure): void {
    if (!(low < high)) throw new RiskMathError('invalidInput', `nothing lies between ${low} and ${high}`);
    if (intradayFigure(this.portfolio, figure, node) === undefined) {
      throw new RiskMathError('invalidInput', `the portfolio has no ${figure}`, { field: 'figure' });
    }
  }
}
