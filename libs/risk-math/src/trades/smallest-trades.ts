import type { Solution } from '../allocation/types.js';
import { branchAndBound, type Relaxed } from '../discrete/branch-and-bound.js';
import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { requirePossible } from '../optimisation/clashing.js';
import { type PortfolioProgram, createPortfolioProgram } from '../optimisation/portfolio-program.js';
import { infeasibilityOf, toOptimum } from '../optimisation/solve-program.js';
import type { OptimisationProblem } from '../optimisation/types.js';
import { type TradeProgram, leastTurnover, leastTurnoverOf, limitsCanHold, tradeProgram } from './least-turnover.js';

/** A portfolio that is to obey its constraints again. */
export interface TradeListProblem extends OptimisationProblem {
  /** The weights held now. */
  readonly from: Float64Array;
  /** Limit of the search, in parts of the problem solved; 5,000 when absent, 300 under limits on volatility or tracking error. */
  readonly maximumParts?: number;
}

export interface Trade {
  readonly assetId: string;
  readonly from: number;
  readonly to: number;
}

/** `weights` are those after the trades; `objective` counts the trades, `bound` says how many there must be. */
export interface TradeList extends Solution {
  readonly trades: readonly Trade[];
  /** Σ |traded|, fraction of NAV. */
  readonly turnover: number;
}

/** A trade below this is none. */
const NONE = 1e-9;
/** Relative gap at which the optimum counts as proven. */
const PROVEN = 1e-9;

/**
 * The smallest trade list that brings a portfolio back inside its constraints: the fewest trades, and of those lists the one with the
 * least turnover. A list is found by branch and bound on which assets trade; the bound of a part is the linear program in
 * which each trade counts in proportion to the largest one the asset can make, with tangents of the limits on volatility and tracking
 * error; the lists themselves obey those limits exactly. Without a net exposure given, that of the weights held is kept.
 *
 * The status is `optimal` when the search ended, else `stopped`; a portfolio inside its constraints has an empty list.
 *
 * Source: Land and Doig, "An automatic method of solving discrete programming problems", Econometrica 28 (1960), for the search; Bienstock,
 * "Computational study of a family of mixed-integer quadratic programming problems", Mathematical Programming 74 (1996), for counting assets.
 *
 * @param problem.from n signed weights, fractions of NAV
 * @throws RiskMathError `infeasible` naming a minimal set of constraints that clash; `notConverged`; `outOfDomain` on a limit on
 *   expected shortfall; `invalidInput`
 */
export function smallestTrades(problem: TradeListProblem): TradeList {
  const { covariance, from } = problem;
  requireLength(from, covariance.size, 'from');
  requireFinite(from, 'from');

  const net = from.reduce((total, weight) => total + weight, 0);
  const constraints = { ...problem.constraints, net: problem.constraints?.net ?? { lower: net, upper: net } };
  const program = createPortfolioProgram({ covariance, constraints });
  if (program.shortfalls.length > 0) {
    throw new RiskMathError('outOfDomain', 'a trade list obeys no limit on expected shortfall', {
      field: 'constraints.expectedShortfall',
    });
  }
  const maximumParts = problem.maximumParts ?? (program.quadratics.length > 0 ? 300 : 5_000);
  requireInteger(maximumParts, 1, 'maximumParts');
  if (infeasibilityOf(program, from) <= NONE)
    return listOf(program, from, from, { count: 0, parts: 0, complete: true });
  requirePossible(program);
  const costs = { from, linear: new Float64Array(program.assets) };
  const trades = tradeProgram(program, createPortfolioProgram({ covariance, constraints }, costs), from);
  // No list turns over less than the one that may trade everything.
  const everything = leastTurnover(trades, new Float64Array(program.assets).fill(1), []);
  const atLeast =
    (everything ?? from).reduce((total, weight, i) => total + Math.abs(weight - from[i]!), 0) * (1 - 1e-9);
  const { best, bound, parts, complete } = branchAndBound<readonly Place[], Float64Array>(
    { root: new Array<Place>(program.assets).fill(0), relax: (part) => relax(trades, part, atLeast) },
    { gap: PROVEN, parts: maximumParts },
  );
  if (best === null) {
    throw new RiskMathError('notConverged', `no trade list was found in ${parts} parts`, { iterations: parts });
  }
  return listOf(program, from, best.answer, { count: Math.floor(bound + PROVEN), parts, complete });
}

/** May trade at its price, trades, stays. */
type Place = 0 | 1 | -1;

/** Trades counted, and the turnover as the part after the point. */
function relax(
  program: TradeProgram,
  places: readonly Place[],
  atLeast: number,
): Relaxed<readonly Place[], Float64Array> | null {
  const { largest, from } = program;
  const share = 1 / (2 * largest.reduce((total, value) => total + value, 1));
  const prices = largest.map((most, i) => (places[i] === 1 ? 0 : 1 / Math.max(most, NONE)) + share);
  const fixed = places.map((place) => place === -1);
  if (!limitsCanHold(program, fixed)) return null;
  const weights = leastTurnover(program, prices, fixed);
  if (weights === null) return null;
  const traded = Array.from(weights, (weight, i) => Math.abs(weight - from[i]!));
  const chosen = places.filter((place) => place === 1).length;
  const relaxed = chosen + traded.reduce((total, size, i) => total + prices[i]! * size, 0);
  const trading = traded.flatMap((size, i) => (size > NONE ? [i] : []));
  const loose = trading.filter((i) => places[i] === 0);
  // Trades are whole: one that is begun counts as one, whatever it turns over.
  const turnover = traded.reduce((total, size) => total + share * size, 0);
  const whole = Math.ceil(relaxed - turnover - 1e-7) + share * atLeast;
  const bound = Math.max(relaxed, whole);
  const parts = partsOf(places, loose, traded);
  const answer = leastTurnoverOf(
    program,
    traded.map((size, i) => size <= NONE && places[i] !== 1),
  );
  if (answer === null) {
    // The tangents held where the limits themselves do not: some asset that stayed has to trade.
    const more = parts.length > 0 ? parts : partsOf(places, undecided(places), largest);
    return more.length > 0 ? { bound, parts: more } : null;
  }
  const value = answer.reduce((total, weight, i) => {
    const size = Math.abs(weight - from[i]!);
    return total + (size > NONE ? 1 + share * size : 0);
  }, 0);
  return { bound: Math.min(bound, value), answer: { value, answer }, parts };
}

function undecided(places: readonly Place[]): number[] {
  return places.flatMap((place, i) => (place === 0 ? [i] : []));
}

/** The asset of the largest undecided trade trades, or stays; where none is undecided, whether the part is solved. */
function partsOf(places: readonly Place[], loose: readonly number[], traded: ArrayLike<number>): (readonly Place[])[] {
  if (loose.length === 0) return [];
  const asset = loose.reduce((most, i) => (traded[i]! > traded[most]! ? i : most));
  return ([1, -1] as const).map((place) => places.map((other, i) => (i === asset ? place : other)));
}

function listOf(
  program: PortfolioProgram,
  from: Float64Array,
  weights: Float64Array,
  search: { readonly count: number; readonly parts: number; readonly complete: boolean },
): TradeList {
  const trades = program.assetIds.flatMap((assetId, i) =>
    Math.abs(weights[i]! - from[i]!) > NONE ? [{ assetId, from: from[i]!, to: weights[i]! }] : [],
  );
  const settled = weights.map((weight, i) => (Math.abs(weight - from[i]!) > NONE ? weight : from[i]!));
  const optimum = { variables: settled, iterations: search.parts, residual: 0, gap: 0, binding: [] };
  const bound = Math.min(search.count, trades.length);
  return {
    ...toOptimum(program, optimum, settled, { objective: trades.length, gap: trades.length - bound }),
    bound,
    status: search.complete ? 'optimal' : 'stopped',
    trades,
    turnover: trades.reduce((total, trade) => total + Math.abs(trade.to - trade.from), 0),
  };
}
