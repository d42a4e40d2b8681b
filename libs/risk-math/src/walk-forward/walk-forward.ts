import { requireFinite, requireFiniteNumber, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { Returns } from '../model/returns.js';

/** A backtest in which every decision sees only the days before it. */
export interface WalkForwardProblem {
  /** T×n simple returns, oldest first. */
  readonly returns: Returns;
  /** Days that a decision is made on; the first of them moves along unless `expanding`. */
  readonly trainingDays: number;
  /** Days from one decision to the next. */
  readonly testDays: number;
  /** Days left out between training and test: as many as the horizon overlaps. 0 when absent. */
  readonly purgedDays?: number;
  /** Whether the training starts at the first day always. */
  readonly expanding?: boolean;
  /** What happens between decisions: weights `drift` with prices (default), or are brought back every day. */
  readonly between?: 'drift' | 'rebalance';
  /** Fraction of the value traded; of every asset, or by asset. */
  readonly costRate?: number | Float64Array;
  /** The weights held before the first decision; cash when absent. */
  readonly initialWeights?: Float64Array;
  /** What a `RiskMathError` of the allocation does: end the backtest (default), or leave the holdings as they are. */
  readonly onFailure?: 'throw' | 'hold';
}

/** What an allocation may know. */
export interface Decision {
  readonly refit: number;
  /** Rows of the training, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** The weights held at the moment of the decision. */
  readonly heldWeights: Float64Array;
}

export interface Refit {
  readonly refit: number;
  /** First row after the decision, and the row after the last. */
  readonly from: number;
  readonly to: number;
  readonly weights: Float64Array;
  /** Σ |traded|, fraction of NAV. */
  readonly turnover: number;
  readonly cost: number;
  /** Why the holdings were left as they were. */
  readonly failure?: RiskMathError;
}

export interface WalkForwardResult {
  readonly refits: readonly Refit[];
  /** First row tested. */
  readonly firstDay: number;
  /** Net of costs, by tested day. */
  readonly dailyReturns: Float64Array;
  /** Before costs. */
  readonly grossReturns: Float64Array;
  /** Sums over the refits; with daily rebalancing its trades are among them. */
  readonly turnover: number;
  readonly cost: number;
}

/**
 * Walks forward through returns: decides on the last `trainingDays`, holds for `testDays`, decides again. The days after the last
 * whole test are tested too. Costs are taken on the first day after a trade; what is not invested is cash without interest.
 *
 * @param allocate weights by asset for a training window, which is a view: it must not be changed
 * @throws RiskMathError `tooFewObservations` when there is no day to test; `invalidInput`; what `allocate` throws
 */
export function walkForward(
  problem: WalkForwardProblem,
  allocate: (training: Returns, decision: Decision) => Float64Array,
): WalkForwardResult {
  const { returns, trainingDays, testDays, purgedDays = 0, expanding = false } = problem;
  requireInteger(trainingDays, 1, 'trainingDays');
  requireInteger(testDays, 1, 'testDays');
  requireInteger(purgedDays, 0, 'purgedDays');
  const rates = ratesOf(problem);
  const firstDay = trainingDays + purgedDays;
  if (returns.observations <= firstDay) {
    throw new RiskMathError('tooFewObservations', `a walk forward needs ${firstDay + 1} days`, {
      observations: returns.observations,
      needed: firstDay + 1,
    });
  }
  const days = returns.observations - firstDay;
  const book = new Book(problem, rates, days);
  const refits: Refit[] = [];
  for (let from = firstDay; from < returns.observations; from += testDays) {
    const to = Math.min(returns.observations, from + testDays);
    const end = from - purgedDays;
    const start = expanding ? 0 : end - trainingDays;
    const decision = { refit: refits.length, from: start, to: end, heldWeights: book.held.slice() };
    const { weights, failure } = decide(problem, rowsOf(returns, start, end), decision, allocate);
    const traded = book.trade(weights);
    const base = { refit: refits.length, from, to, weights, ...traded };
    refits.push(failure === undefined ? base : { ...base, failure });
    book.hold(weights, from, to, firstDay, traded.cost);
  }
  return { refits, firstDay, ...book.totals() };
}

/** Rows of returns as a view. */
function rowsOf({ values, assets, ids }: Returns, from: number, to: number): Returns {
  const view = { values: values.subarray(from * assets, to * assets), observations: to - from, assets };
  return ids === undefined ? view : { ...view, ids };
}

function decide(
  { onFailure = 'throw', returns }: WalkForwardProblem,
  training: Returns,
  decision: Decision,
  allocate: (training: Returns, decision: Decision) => Float64Array,
): { readonly weights: Float64Array; readonly failure?: RiskMathError } {
  try {
    const weights = allocate(training, decision);
    requireLength(weights, returns.assets, 'weights');
    requireFinite(weights, 'weights');
    return { weights };
  } catch (error) {
    if (onFailure === 'throw' || !RiskMathError.is(error)) throw error;
    return { weights: decision.heldWeights, failure: error };
  }
}

function ratesOf({ costRate = 0, returns, initialWeights }: WalkForwardProblem): Float64Array {
  if (initialWeights !== undefined) {
    requireLength(initialWeights, returns.assets, 'initialWeights');
    requireFinite(initialWeights, 'initialWeights');
  }
  const rates = typeof costRate === 'number' ? new Float64Array(returns.assets).fill(costRate) : costRate;
  requireLength(rates, returns.assets, 'costRate');
  rates.forEach((rate) => {
    requireFiniteNumber(rate, 'costRate');
    if (rate < 0) throw new RiskMathError('invalidInput', 'a cost rate is not negative', { field: 'costRate' });
  });
  return rates;
}

/** The holdings, and what they earned. */
class Book {
  held: Float64Array;
  private readonly net: Float64Array;
  private readonly gross: Float64Array;
  private turnover = 0;
  private cost = 0;

  constructor(
    private readonly problem: WalkForwardProblem,
    private readonly rates: Float64Array,
    days: number,
  ) {
    this.held = problem.initialWeights?.slice() ?? new Float64Array(problem.returns.assets);
    this.net = new Float64Array(days);
    this.gross = new Float64Array(days);
  }

  trade(weights: Float64Array): { readonly turnover: number; readonly cost: number } {
    let turnover = 0;
    let cost = 0;
    weights.forEach((weight, i) => {
      const size = Math.abs(weight - this.held[i]!);
      turnover += size;
      cost += size * this.rates[i]!;
    });
    this.turnover += turnover;
    this.cost += cost;
    return { turnover, cost };
  }

  /** @param due costs that the first day bears */
  hold(weights: Float64Array, from: number, to: number, firstDay: number, due: number): void {
    const { returns, between = 'drift' } = this.problem;
    const { assets, values } = returns;
    this.held = weights.slice();
    for (let day = from; day < to; day++) {
      let earned = 0;
      const row = day * assets;
      for (let i = 0; i < assets; i++) earned += this.held[i]! * values[row + i]!;
      this.gross[day - firstDay] = earned;
      this.net[day - firstDay] = earned - due;
      due = 0;
      if (!(1 + earned > 0)) {
        throw new RiskMathError('outOfDomain', `the portfolio lost all it had on day ${day}`, { field: 'returns' });
      }
      for (let i = 0; i < assets; i++) this.held[i]! *= (1 + values[row + i]!) / (1 + earned);
      if (between === 'rebalance' && day < to - 1) {
        due = this.trade(weights).cost;
        this.held = weights.slice();
      }
    }
  }

  totals(): Pick<WalkForwardResult, 'dailyReturns' | 'grossReturns' | 'turnover' | 'cost'> {
    return { dailyReturns: this.net, grossReturns: this.gross, turnover: this.turnover, cost: this.cost };
  }
}
