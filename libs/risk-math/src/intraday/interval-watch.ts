import { RiskMathError } from '../foundation/risk-math-error.js';
import { DueQueue } from './due-queue.js';
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

/** Movement after which a figure is looked at whatever its distance: until then NAV has changed by less than `GROWTH`. */
const LONGEST = 0.15;

/** More than e^LONGEST: by how much a node's size relative to NAV can have grown until it is looked at. */
const GROWTH = 1.2;

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
 * Finds, after every price, each figure that has left its interval: exactly, and without a look at all of them.
 *
 * The figures of the instrument's own nodes are looked at. A price of another instrument moves a node's contribution by no more than
 * the node's undiversified risk times the portfolio's `movement`, so that a figure need not be looked at again before the movement
 * exceeds its distance from the bound over that risk. Only tracking error, whose active weights all move with NAV, is looked at always.
 */
export class IntervalWatch {
  private readonly watched: WatchedFigure[];
  private readonly byNode: (number[] | undefined)[] = [];
  private readonly always: number[] = [];
  /** By the portfolio's movement at which a figure may have reached a bound. */
  private readonly queue: DueQueue;
  private readonly left: number[] = [];

  /** @throws RiskMathError `invalidInput` on an interval without room, or a figure that the portfolio does not have */
  constructor(
    private readonly portfolio: IntradayPortfolio,
    watched: readonly WatchedFigure[],
  ) {
    this.watched = [...watched];
    this.queue = new DueQueue(watched.length);
    watched.forEach((entry, index) => {
      this.check(entry);
      (this.byNode[entry.node] ??= []).push(index);
      if (entry.figure === 'trackingError') this.always.push(index);
      this.schedule(index);
    });
  }

  /** Gives a figure another interval, as when its state has changed. */
  moveInterval(index: number, low: number, high: number): void {
    const entry = { ...this.watched[index]!, low, high };
    this.check(entry);
    this.watched[index] = entry;
    this.schedule(index);
  }

  /**
   * Figures that stand outside their interval after the price of an instrument, to be called after each: by their number, each named
   * once. One that is not given another interval is named again when its own instruments move. Valid until the next call.
   */
  afterPrice(row: number): readonly number[] {
    this.left.length = 0;
    this.portfolio.forEachNodeOf(row, this.lookAtNode);
    for (const index of this.always) this.look(index);
    const { movement } = this.portfolio;
    for (
      let index = this.queue.first();
      index >= 0 && this.queue.dueOf(index) <= movement;
      index = this.queue.first()
    ) {
      this.look(index);
    }
    return this.left;
  }

  private readonly lookAtNode = (node: number): void => {
    const indices = this.byNode[node];
    if (indices !== undefined) for (const index of indices) this.look(index);
  };

  private look(index: number): void {
    if (this.schedule(index)) return;
    this.queue.set(index, Infinity);
    if (!this.left.includes(index)) this.left.push(index);
  }

  /** Says when a figure is to be looked at next. @returns whether it is inside its interval */
  private schedule(index: number): boolean {
    const { node, figure, low, high } = this.watched[index]!;
    const { portfolio } = this;
    const value = intradayFigure(portfolio, figure, node)!;
    const distance = Math.min(value - low, high - value);
    const largest = portfolio.undiversified(figure, node);
    const room = largest > 0 ? distance / (GROWTH * largest) : LONGEST;
    // At least the next movement, or a figure at its bound would be looked at for ever.
    const { movement } = portfolio;
    const next = movement + Math.max(Math.min(room, LONGEST), Number.EPSILON * Math.max(1, movement));
    this.queue.set(index, next);
    return distance > 0;
  }

  private check({ node, figure, low, high }: WatchedFigure): void {
    if (!(low < high)) throw new RiskMathError('invalidInput', `nothing lies between ${low} and ${high}`);
    if (intradayFigure(this.portfolio, figure, node) === undefined) {
      throw new RiskMathError('invalidInput', `the portfolio has no ${figure}`, { field: 'figure' });
    }
  }
}
