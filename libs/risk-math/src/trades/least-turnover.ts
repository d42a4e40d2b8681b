import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { notNegative, variancePossible } from '../foundation/variance.js';
import type { Ball } from '../optimisation/balls.js';
import type { PortfolioProgram } from '../optimisation/portfolio-program.js';
import { trySolveProgram, trySolveWith } from '../optimisation/solve-program.js';
import { solveShortfall } from '../optimisation/shortfall-simplex.js';

/** A portfolio program in trades: wᵢ = fromᵢ + bought − sold, both not negative. */
export interface TradeProgram {
  readonly program: PortfolioProgram;
  /** The same with the sizes of trades as variables of their own. */
  readonly sized: PortfolioProgram;
  readonly assets: number;
  readonly from: Float64Array;
  /** The largest trade that an asset's bounds leave it. */
  readonly largest: Float64Array;
  readonly reach: { readonly bought: Float64Array; readonly sold: Float64Array };
  /** Tangents of the quadratic limits that were needed so far; they hold everywhere. */
  readonly tangents: { readonly coefficients: Float64Array; readonly lower: number; readonly upper: number }[];
}

/** Tangents are added until a limit is missed by less than this, relative to its size, at most so often a program. */
const NEAR = 1e-3;
const ROUNDS = 25;

export function tradeProgram(program: PortfolioProgram, sized: PortfolioProgram, from: Float64Array): TradeProgram {
  const { assets } = program;
  const reach = reachOf(withinBalls(program), from);
  const largest = Float64Array.from({ length: assets }, (_, i) => Math.max(reach.bought[i]!, reach.sold[i]!));
  return { program, sized, assets, from, largest, reach, tangents: [] };
}

/** Bounds that follow from the limits: within a ball no weight is further from its centre than radius × √(A⁻¹)ᵢᵢ. */
function withinBalls(program: PortfolioProgram): PortfolioProgram {
  const { assets, quadratics } = program;
  const lower = program.lower.slice();
  const upper = program.upper.slice();
  for (const { form, centre, radius } of quadratics) {
    const factor = cholesky(form, assets, 1e-12);
    if (factor === null) continue;
    for (let i = 0; i < assets; i++) {
      const unit = new Float64Array(assets);
      unit[i] = 1;
      const reach = radius * Math.sqrt(choleskySolve(factor, assets, unit)[i]!);
      lower[i] = Math.max(lower[i]!, centre[i]! - reach);
      upper[i] = Math.min(upper[i]!, centre[i]! + reach);
    }
  }
  return { ...program, lower, upper };
}

/** Whether the quadratic limits can hold with some assets fixed, each by itself. */
export function limitsCanHold({ program, from }: TradeProgram, fixed: readonly boolean[]): boolean {
  const { assets, quadratics } = program;
  if (quadratics.length === 0) return true;
  const pick = (bounds: Float64Array): Float64Array => bounds.map((bound, i) => (fixed[i] === true ? from[i]! : bound));
  const part = { ...program, lower: pick(program.lower), upper: pick(program.upper), quadratics: [] };
  return quadratics.every(({ matrix, linear, limit }) => {
    const optimum = trySolveProgram(part, matrix, linear);
    if (optimum === null) return false;
    const w = optimum.variables;
    let value = 0;
    for (let i = 0; i < assets; i++) {
      value += linear[i]! * w[i]!;
      for (let j = 0; j < assets; j++) value += 0.5 * w[i]! * matrix[i * assets + j]! * w[j]!;
    }
    return value <= limit + 1e-9 * Math.max(Math.abs(limit), Math.abs(value));
  });
}

function reachOf(
  { assets, lower, upper, rows }: PortfolioProgram,
  from: Float64Array,
): { bought: Float64Array; sold: Float64Array } {
  const net = rows.find(({ upperName }) => upperName === 'netUpper')?.upper ?? Infinity;
  let lowest = 0;
  for (let i = 0; i < assets; i++) lowest += lower[i]!;
  const bought = new Float64Array(assets);
  const sold = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    const highest = Math.min(upper[i]!, Math.max(lower[i]!, net - (lowest - lower[i]!)));
    if (highest === Infinity) {
      throw new RiskMathError('outOfDomain', 'give the net exposure or every weight an upper side', {
        field: 'constraints.net',
      });
    }
    bought[i] = Math.max(0, highest - from[i]!);
    sold[i] = Math.max(0, from[i]! - lower[i]!);
  }
  return { bought, sold };
}

/**
 * min Σ pricesᵢ |wᵢ − fromᵢ| over the linear constraints, some assets fixed at what they are, with tangents of the quadratic
 * limits until they nearly hold (Kelley, "The cutting-plane method", 1960): no weights under all constraints cost less.
 *
 * @returns the weights; `null` when the constraints clash
 */
export function leastTurnover(
  trades: TradeProgram,
  prices: Float64Array,
  fixed: readonly boolean[],
): Float64Array | null {
  const { program, assets, from } = trades;
  const { bought, sold } = trades.reach;
  const lower = new Float64Array(2 * assets);
  const upper = new Float64Array(2 * assets);
  for (let i = 0; i < assets; i++) {
    upper[i] = fixed[i] === true ? 0 : bought[i]!;
    upper[assets + i] = fixed[i] === true ? 0 : sold[i]!;
    // A weight beyond its bound has to come back.
    lower[i] = Math.max(0, program.lower[i]! - from[i]!);
    lower[assets + i] = Math.max(0, from[i]! - program.upper[i]!);
    if (lower[i]! > upper[i]! || lower[assets + i]! > upper[assets + i]!) return null;
  }
  const linear = Float64Array.from({ length: 2 * assets }, (_, k) => prices[k % assets]!);
  for (let round = 0; ; round++) {
    const rows = [...program.rows, ...trades.tangents].map((row) => {
      const held = row.coefficients.subarray(0, assets).reduce((total, value, i) => total + value * from[i]!, 0);
      const coefficients = Float64Array.from({ length: 2 * assets }, (_, k) =>
        k < assets ? row.coefficients[k]! : -row.coefficients[k - assets]!,
      );
      return { coefficients, lower: row.lower - held, upper: row.upper - held };
    });
    const optimum = solveShortfall({
      size: 2 * assets,
      linear,
      losses: new Float64Array(0),
      scenarios: 0,
      assets: 2 * assets,
      share: 0,
      lower,
      upper,
      rows,
    });
    if (optimum === null) return null;
    const weights = from.map((weight, i) => weight + optimum.variables[i]! - optimum.variables[assets + i]!);
    const missed = program.quadratics.flatMap((ball) => tangentOf(ball, weights));
    if (missed.length === 0 || round === ROUNDS) return weights;
    trades.tangents.push(...missed);
  }
}

/**
 * min Σ |wᵢ − fromᵢ| over all constraints, some assets fixed at what they are.
 *
 * @returns the weights; `null` when the constraints clash
 */
export function leastTurnoverOf(trades: TradeProgram, fixed: readonly boolean[]): Float64Array | null {
  const { program, sized, assets, from } = trades;
  if (!limitsCanHold(trades, fixed)) return null;
  if (program.quadratics.length === 0) return leastTurnover(trades, new Float64Array(assets).fill(1), fixed);
  const lower = sized.lower.slice();
  const upper = sized.upper.slice();
  for (let i = 0; i < assets; i++) {
    if (fixed[i] !== true) continue;
    if (from[i]! < lower[i]! || from[i]! > upper[i]!) return null;
    lower[i] = from[i]!;
    upper[i] = from[i]!;
  }
  const slope = new Float64Array(2 * assets).fill(1, assets);
  const optimum = trySolveWith({ ...sized, lower, upper }, new Float64Array(assets * assets), slope);
  return optimum === null ? null : optimum.variables.slice(0, assets);
}

/** The tangent at the point where the line from the centre leaves the ball; nothing where the ball holds. */
function tangentOf({ form, centre, radius }: Ball, weights: Float64Array): TradeProgram['tangents'] {
  const size = centre.length;
  const active = Float64Array.from({ length: size }, (_, i) => weights[i]! - centre[i]!);
  const gradient = new Float64Array(size);
  let variance = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) gradient[i]! += form[i * size + j]! * active[j]!;
    variance += gradient[i]! * active[i]!;
  }
  const deviation = Math.sqrt(notNegative(variance, () => variancePossible(active, form, size + 1)));
  if (deviation <= radius * (1 + NEAR)) return [];
  // The distance of every w is at least (Aa / distance of a)ᵀ(w − centre).
  const coefficients = gradient.map((value) => value / deviation);
  const upper = radius + coefficients.reduce((total, value, i) => total + value * centre[i]!, 0);
  return [{ coefficients, lower: -Infinity, upper }];
}
