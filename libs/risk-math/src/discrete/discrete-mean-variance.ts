import type { Solution } from '../allocation/types.js';
import { infeasible } from '../allocation/program.js';
import { requireInteger, requireLength, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { notNegative } from '../foundation/variance.js';
import { symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import type { Covariance } from '../model/covariance.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { requirePossible } from '../optimisation/clashing.js';
import { type ReturnProblem, checkReturns, inner } from '../optimisation/mean-variance.js';
import { type PortfolioProgram, createPortfolioProgram } from '../optimisation/portfolio-program.js';
import { type ProgramOptimum, toOptimum, trySolveProgram } from '../optimisation/solve-program.js';
import { type Relaxed, branchAndBound } from './branch-and-bound.js';

/** Weights that come in steps, or few at a time. */
export interface DiscreteProblem extends ReturnProblem {
  /** γ, per day, above 0. */
  readonly riskAversion: number;
  /** At most so many assets have a weight other than 0. */
  readonly maximumAssets?: number;
  /** A weight is 0 or at least this; needs weights that are not sold short. */
  readonly minimumHolding?: number;
  /** Weight of one lot by asset, 0 for any weight: wᵢ is a whole number of lots. Give the net exposure a range. */
  readonly lots?: Float64Array;
  /** Limit of the search, in parts of the problem solved; 20,000 when absent. */
  readonly maximumParts?: number;
}

/** Relative gap at which the optimum counts as proven. */
const PROVEN = 1e-9;
/** A weight, or a distance from a whole lot, below this is 0. */
const ZERO = 1e-9;

/**
 * Mean–variance with few assets, least holdings, or whole lots: max μᵀw − ½ γ wᵀΣw over the constraints, by branch and bound.
 * With μ = 0 it is minimum variance. `objective` is the utility, `bound` what none can beat: the status is `optimal` when the
 * search ended (their relative gap is at most 1e-9), else `stopped` with the gap.
 *
 * A part of the search has bounds and assets that are in, out or undecided; its bound is the larger of two convex programs: the one
 * without the count, and the one that takes the smallest eigenvalue δ of Σ apart and counts it, since of k holdings
 * Σ wᵢ² ≥ (Σ |wᵢ|)² / k (the perspective relaxation of Frangioni and Gentile, 2006, minimised over its fractions).
 *
 * Source: Bienstock, "Computational study of a family of mixed-integer quadratic programming problems", Mathematical Programming 74 (1996);
 * Frangioni and Gentile, "Perspective cuts for a class of convex 0–1 mixed integer programs", Mathematical Programming 106 (2006).
 *
 * @throws RiskMathError `infeasible` naming constraints that clash even without the discrete ones; `maximumAssets` or `lots`
 *   among them where these clash for certain; `outOfDomain` where only a search finds that the discrete ones cannot be met; `notConverged` when the search ended before it found any weights; `invalidInput`
 */
export function discreteMeanVariance(problem: DiscreteProblem): Solution {
  const search = new DiscreteSearch(problem);
  const clashing = search.clashing();
  if (clashing !== null) {
    requirePossible(search.program);
    throw infeasible(clashing);
  }
  const { maximumParts = 20_000 } = problem;
  requireInteger(maximumParts, 1, 'maximumParts');
  const { best, bound, parts, complete } = branchAndBound(
    { root: search.root(), relax: (part) => search.relax(part) },
    { gap: PROVEN, parts: maximumParts },
  );
  if (best === null) {
    requirePossible(search.program);
    if (complete) {
      throw new RiskMathError('outOfDomain', 'no weights have so few assets, such holdings or whole lots', {
        field: 'constraints',
      });
    }
    throw new RiskMathError('notConverged', `no weights were found in ${parts} parts`, { iterations: parts });
  }
  const { weights, optimum } = best.answer;
  const solution = toOptimum(search.program, optimum, weights, {
    objective: -best.value,
    gap: Math.max(0, best.value - bound),
  });
  return { ...solution, iterations: parts, bound: -bound, status: complete ? 'optimal' : 'stopped' };
}

/** Undecided, in or out. */
type Place = 0 | 1 | -1;

interface Part {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly places: readonly Place[];
}

interface Found {
  readonly weights: Float64Array;
  readonly optimum: ProgramOptimum;
}

class DiscreteSearch {
  readonly program: PortfolioProgram;
  private readonly curvature: Float64Array;
  private readonly slope: Float64Array;
  /** γ δ / 2 of the count's relaxation; 0 where weights may be short. */
  private readonly apart: number;
  private readonly count: number;
  private readonly least: number;
  private readonly lots: Float64Array;

  constructor(private readonly problem: DiscreteProblem) {
    const { covariance, expectedReturns, riskAversion, maximumAssets, minimumHolding, lots } = problem;
    checkReturns(problem);
    requirePositive(riskAversion, 'riskAversion');
    this.program = createPortfolioProgram(problem);
    const { assets } = this.program;
    this.count = maximumAssets ?? assets;
    requireInteger(this.count, 1, 'maximumAssets');
    this.least = minimumHolding ?? 0;
    this.lots = lots ?? new Float64Array(assets);
    requireLength(this.lots, assets, 'lots');
    if (this.lots.some((lot) => !(lot >= 0 && Number.isFinite(lot)))) {
      throw new RiskMathError('invalidInput', 'lots are finite and not negative', { field: 'lots' });
    }
    const short = this.program.lower.some((bound) => bound < 0);
    if (!(this.least >= 0) || (this.least > 0 && short)) {
      throw new RiskMathError('invalidInput', 'a least holding is not negative, and needs weights that are not short', {
        field: 'minimumHolding',
      });
    }
    this.curvature = covariance.values.map((value) => riskAversion * value);
    this.slope = new Float64Array(this.program.size);
    expectedReturns.forEach((mean, i) => (this.slope[i] = -mean));
    const counted = this.count < assets && !short;
    this.apart = counted ? riskAversion * 0.999 * leastCurvature(covariance) : 0;
  }

  /** Discrete constraints that clash for certain: too few assets for the caps, or lots of one size of which no number is the net exposure. */
  clashing(): readonly string[] | null {
    const { upper, rows, assets, assetIds } = this.program;
    const net = rows.find(({ lowerName }) => lowerName === 'netLower')!;
    const largest = upper.slice(0, assets).sort().reverse().subarray(0, this.count);
    const reach = largest.reduce((total, bound) => total + Math.max(0, bound), 0);
    if (this.count < assets && reach < net.lower - ZERO) {
      return [...assetIds.map((id) => `upperBound:${id}`), 'netLower', 'maximumAssets'];
    }
    const [lot = 0] = this.lots;
    if (lot === 0 || this.lots.some((other) => other !== lot)) return null;
    return Math.floor(net.upper / lot + ZERO) * lot < net.lower - ZERO ? ['netLower', 'netUpper', 'lots'] : null;
  }

  root(): Part {
    const { assets, lower, upper } = this.program;
    return { lower, upper, places: new Array<Place>(assets).fill(0) };
  }

  relax(part: Part): Relaxed<Part, Found> | null {
    const places = this.settled(part.places);
    if (places === null) return null;
    const settled = { ...part, places };
    const optimum = this.solve(settled, this.curvature);
    if (optimum === null) return null;
    const weights = optimum.variables.slice(0, this.program.assets);
    const value = this.valueOf(weights);
    const parts = this.split(settled, weights);
    if (parts.length === 0)
      return { bound: value, answer: { value, answer: { weights: this.exact(weights), optimum } }, parts };
    const bound = Math.max(value - optimum.gap, this.countedBound(settled));
    const rounded = this.rounded(settled, weights);
    return { bound, answer: rounded ?? undefined, parts };
  }

  /** Once as many are in as may be, the others are out. */
  private settled(places: readonly Place[]): readonly Place[] | null {
    const inside = places.filter((place) => place === 1).length;
    if (inside > this.count) return null;
    return inside === this.count ? places.map((place) => (place === 0 ? -1 : place)) : places;
  }

  private solve({ lower, upper, places }: Part, curvature: Float64Array): ProgramOptimum | null {
    const low = lower.slice();
    const high = upper.slice();
    for (const [i, place] of places.entries()) {
      if (place === -1) {
        if (low[i]! > 0 || high[i]! < 0) return null;
        low[i] = 0;
        high[i] = 0;
      } else if (place === 1) low[i] = Math.max(low[i]!, this.least);
      if (low[i]! > high[i]!) return null;
    }
    return trySolveProgram({ ...this.program, lower: low, upper: high }, curvature, this.slope);
  }

  private valueOf(weights: Float64Array): number {
    const { covariance, expectedReturns, riskAversion } = this.problem;
    return (riskAversion / 2) * quadraticForm(covariance, weights) - inner(expectedReturns, weights);
  }

  /** min ½ wᵀ(H − δ)w + hᵀw + ½ δ (Σ_in wᵢ² + (Σ_undecided wᵢ)² / places left). */
  private countedBound(part: Part): number {
    const { assets } = this.program;
    const left = this.count - part.places.filter((place) => place === 1).length;
    const undecided = part.places.flatMap((place, i) => (place === 0 ? [i] : []));
    if (this.apart === 0 || undecided.length <= left) return -Infinity;
    const curvature = this.curvature.slice();
    for (const i of undecided) {
      curvature[i * assets + i]! -= this.apart;
      for (const j of undecided) curvature[i * assets + j]! += this.apart / left;
    }
    const optimum = this.solve(part, curvature);
    if (optimum === null) return Infinity;
    const w = optimum.variables.slice(0, assets);
    let value = inner(this.slope.subarray(0, assets), w) - optimum.gap;
    for (let i = 0; i < assets; i++)
      for (let j = 0; j < assets; j++) value += 0.5 * w[i]! * curvature[i * assets + j]! * w[j]!;
    return value;
  }

  /** The parts that differ in what these weights break; none when they break nothing. */
  private split(part: Part, weights: Float64Array): Part[] {
    const held = Array.from(weights.keys()).filter((i) => Math.abs(weights[i]!) > ZERO);
    const tooMany = held.length > this.count;
    const loose = held.filter((i) => part.places[i] === 0 && (tooMany || weights[i]! < this.least - ZERO));
    if (loose.length > 0) {
      const asset = loose.reduce((most, i) => (Math.abs(weights[i]!) > Math.abs(weights[most]!) ? i : most));
      return ([1, -1] as const).map((place) => ({
        ...part,
        places: part.places.map((other, i) => (i === asset ? place : other)),
      }));
    }
    let worst = ZERO;
    let broken = -1;
    for (let i = 0; i < weights.length; i++) {
      const lot = this.lots[i]!;
      if (lot === 0 || part.places[i] === -1) continue;
      const off = Math.abs(weights[i]! / lot - Math.round(weights[i]! / lot));
      if (off > worst) {
        worst = off;
        broken = i;
      }
    }
    if (broken < 0) return [];
    const lot = this.lots[broken]!;
    const below = Math.floor(weights[broken]! / lot) * lot;
    const lower = part.lower.slice();
    const upper = part.upper.slice();
    upper[broken] = Math.min(upper[broken]!, below);
    lower[broken] = Math.max(lower[broken]!, below + lot);
    return [
      { ...part, upper },
      { ...part, lower },
    ];
  }

  /** Whole lots are whole to the last digit. */
  private exact(weights: Float64Array): Float64Array {
    return weights.map((weight, i) =>
      this.lots[i] === 0 ? weight : Math.round(weight / this.lots[i]!) * this.lots[i]!,
    );
  }

  /** An answer near these weights: the largest holdings, then lots rounded down and filled up one by one. */
  private rounded(part: Part, weights: Float64Array): { readonly value: number; readonly answer: Found } | null {
    const order = Array.from(weights.keys()).sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!));
    const kept = new Set(
      order.filter((i) => part.places[i] !== -1 && Math.abs(weights[i]!) > ZERO).slice(0, this.count),
    );
    const places = part.places.map((_, i): Place => (kept.has(i) ? 1 : -1));
    const optimum = this.solve({ ...part, places }, this.curvature);
    if (optimum === null) return null;
    const found = optimum.variables.slice(0, this.program.assets);
    const whole = this.lots.some((lot) => lot > 0) ? this.filled(found, kept) : found;
    return whole === null ? null : { value: this.valueOf(whole), answer: { weights: whole, optimum } };
  }

  private filled(weights: Float64Array, kept: ReadonlySet<number>): Float64Array | null {
    const whole = weights.map((weight, i) =>
      this.lots[i] === 0 ? weight : Math.floor(weight / this.lots[i]! + ZERO) * this.lots[i]!,
    );
    const { lower, upper, rows } = this.program;
    const net = rows.find(({ lowerName }) => lowerName === 'netLower');
    let sum = whole.reduce((total, weight) => total + weight, 0);
    for (let step = 0; step < 1000 && net !== undefined && sum < net.lower - 1e-12; step++) {
      let cheapest = Infinity;
      let best = -1;
      for (const i of kept) {
        const lot = this.lots[i]!;
        if (lot === 0 || whole[i]! + lot > upper[i]! + ZERO || sum + lot > net.upper + ZERO) continue;
        whole[i]! += lot;
        const value = this.valueOf(whole) / lot;
        whole[i]! -= lot;
        if (value < cheapest) {
          cheapest = value;
          best = i;
        }
      }
      if (best < 0) return null;
      whole[best]! += this.lots[best]!;
      sum += this.lots[best]!;
    }
    const fits = whole.every((weight, i) => {
      const held = Math.abs(weight) > ZERO;
      return (
        weight >= lower[i]! - ZERO &&
        weight <= upper[i]! + ZERO &&
        (!held || weight >= this.least - ZERO || this.least === 0)
      );
    });
    return fits && this.obeys(whole) ? whole : null;
  }

  /** Rows and limits hold; where trades count, the relaxation alone finds answers. */
  private obeys(weights: Float64Array): boolean {
    const { size, assets, rows, quadratics, shortfalls } = this.program;
    if (size !== assets || quadratics.length + shortfalls.length > 0) return false;
    return rows.every(({ coefficients, lower, upper }) => {
      const value = inner(coefficients, weights);
      return value >= lower - 1e-12 && value <= upper + 1e-12;
    });
  }
}

/** The smallest eigenvalue. @throws RiskMathError `notPositiveSemiDefinite` on one that is negative beyond rounding */
function leastCurvature({ values, size }: Covariance): number {
  const eigenvalues = symmetricEigenvalues(values, size);
  return notNegative(eigenvalues[0]!, () => size * eigenvalues.at(-1)!);
}
