import { tailDepth, tailFiguresOf, type TailFigures } from '../measures/historical.js';
import type { PathTail } from './path-limits.js';

/**
 * The tail of a portfolio's losses along a path: each day of it enters the window, and the oldest leaves. Only so many of the largest past
 * losses are kept as can matter: those of the tail, and as many as may leave.
 */
export class LossWindow {
  readonly start: TailFigures;
  private readonly days: number;
  private readonly depth: number;
  /** Largest past losses in descending order, and their days from the oldest. */
  private readonly losses: readonly number[];
  private readonly places: readonly number[];
  /** Losses of the path, in descending order. */
  private readonly entered: Float64Array;
  private count = 0;
  private readonly largest: Float64Array;

  /** @param past returns of the portfolio, oldest first */
  constructor(
    past: Float64Array,
    private readonly tail: PathTail,
    horizonDays: number,
  ) {
    const { windowDays, confidence, quantileRule } = tail;
    const recent = past.subarray(Math.max(0, past.length - windowDays));
    this.days = recent.length;
    this.depth = tailDepth(this.days, confidence, quantileRule);
    const order = [...recent.keys()].sort((a, b) => recent[a]! - recent[b]! || a - b);
    this.places = order.slice(0, this.depth + horizonDays);
    this.losses = this.places.map((t) => -recent[t]!);
    this.entered = new Float64Array(horizonDays);
    this.largest = new Float64Array(this.days);
    this.start = this.figures();
  }

  restart(): void {
    this.count = 0;
  }

  /** One more day of the path. */
  enter(loss: number): void {
    let at = this.count++;
    for (; at > 0 && this.entered[at - 1]! < loss; at--) this.entered[at] = this.entered[at - 1]!;
    this.entered[at] = loss;
  }

  figures(): TailFigures {
    let [past, own] = [0, 0];
    for (let rank = 0; rank < this.depth; rank++) {
      while (past < this.places.length && this.places[past]! < this.count) past++;
      const before = past < this.places.length ? this.losses[past]! : -Infinity;
      const ahead = own < this.count ? this.entered[own]! : -Infinity;
      if (ahead >= before) own++;
      else past++;
      this.largest[rank] = Math.max(ahead, before);
    }
    return tailFiguresOf(this.largest, this.tail.confidence, this.tail.quantileRule);
  }
}
