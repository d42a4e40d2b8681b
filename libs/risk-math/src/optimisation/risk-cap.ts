import type { QuadraticConstraint } from '../allocation/constrained-problem.js';
import { infeasible } from '../allocation/program.js';
import { riskShares } from '../allocation/solution.js';
import type { Solution } from '../allocation/types.js';
import { requireFiniteNumber, requireIds, requireInteger } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { type ReturnProblem, checkReturns, inner } from './mean-variance.js';
import { type PortfolioProgram, createPortfolioProgram } from './portfolio-program.js';
import { solveProgram, toOptimum, trySolveProgram, trySolveWith } from './solve-program.js';
import { uniforms } from '../random/uniforms.js';

/** A cap on what a group takes of the portfolio's risk. */
export interface RiskCap {
  readonly id: string;
  readonly assetIds: readonly string[];
  /** Largest share of variance (as of volatility, by Euler), below 1. */
  readonly share: number;
}

export interface CappedRiskProblem extends ReturnProblem {
  /** γ, per day, above 0; with expected returns of 0 it is minimum variance. */
  readonly riskAversion: number;
  readonly caps: readonly RiskCap[];
  /** Of the pseudo-random starts; 1 when absent. */
  readonly seed?: number;
  /** 6 when absent. */
  readonly starts?: number;
}

const MAXIMUM_STEPS = 300;
/** Change of the utility, relative, that ends a run. */
const SETTLED = 1e-11;
/** Excess of a share that counts as met. */
const MET = 1e-9;

/**
 * Mean–variance under caps on groups' shares of risk: max μᵀw − ½ γ wᵀΣw over the constraints and
 * Σ_{i ∈ G} wᵢ (Σw)ᵢ ≤ share · wᵀΣw, which is not convex. Its quadratic form is split by eigenvalues into a convex and a concave
 * part, the concave one replaced by its tangent at the last point, and the convex programs solved one after the other from several
 * starts, the excess allowed at a growing price at first. Each program's set lies inside the caps, so that what comes out obeys
 * them.
 *
 * The status is `localOptimum`, with `bound` the best of the dual bounds max_λ min_w ½ γ wᵀΣw − μᵀw + λ·cap(w) for each cap by itself over
 * those λ for which it stays convex; `optimal` where the caps are not in the way, or where bound and objective meet.
 *
 * Source: Lipp and Boyd, "Variations and extension of the convex–concave procedure" (2016).
 *
 * @throws RiskMathError `infeasible` when the other constraints clash, or caps on every asset sum to less than 1; `notConverged` when no start led to weights under the caps
 *   (which proves nothing); `invalidInput`
 */
export function cappedRisk(problem: CappedRiskProblem): Solution {
  const { seed = 1, starts = 6, covariance } = problem;
  checkReturns(problem);
  requireInteger(starts, 1, 'starts');
  requireInteger(seed, 0, 'seed');
  const program = createPortfolioProgram(problem);
  const capped = new CappedProgram(problem, program);
  const free = solveProgram(program, capped.curvature, capped.slope);
  const without = free.variables.slice(0, program.assets);
  if (capped.excess(without) <= MET) {
    return toOptimum(program, free, without, { objective: -capped.valueOf(without) });
  }
  let best: Run | null = null;
  let iterations = free.iterations;
  const random = uniforms(seed);
  for (let start = 0; start < starts; start++) {
    const from = start === 0 ? without : without.map((weight) => weight * 0.2 + (2 * random()) / program.assets);
    const run = capped.run(from);
    if (run === null) continue;
    iterations += run.optimum.iterations;
    if (best === null || run.value < best.value) best = run;
  }
  if (best === null) {
    if (leaveRisk(problem.caps, program.assetIds)) throw infeasible(problem.caps.map(({ id }) => `riskShare:${id}`));
    throw new RiskMathError('notConverged', `none of ${starts} starts led to weights under the caps`, {
      iterations,
      ids: problem.caps.map(({ id }) => id),
    });
  }
  const bound = Math.max(capped.valueOf(without), ...capped.bounds());
  const gap = Math.max(0, best.value - bound);
  const solution = toOptimum(program, best.optimum, best.weights, { objective: -best.value, gap });
  const shares = riskShares(covariance, best.weights);
  return {
    ...solution,
    status: gap <= 1e-9 * Math.abs(best.value) ? 'optimal' : 'localOptimum',
    iterations,
    bound: -bound,
    seed,
    infeasibility: Math.max(solution.infeasibility ?? 0, capped.excess(best.weights)),
    binding: [
      ...solution.binding,
      ...problem.caps.flatMap(({ id, assetIds, share }) => {
        const value = assetIds.reduce((total, assetId) => total + shares[program.assetIds.indexOf(assetId)]!, 0);
        return value > share - 1e-6 ? [{ constraint: `riskShare:${id}`, bound: share, value }] : [];
      }),
    ],
  };
}

/** Whether caps with every asset in exactly one of them sum to less than the whole risk, which the shares always sum to. */
function leaveRisk(caps: readonly RiskCap[], ids: readonly string[]): boolean {
  const members = caps.flatMap(({ assetIds }) => assetIds);
  const all = members.length === ids.length && new Set(members).size === ids.length;
  return all && caps.every(({ assetIds }) => assetIds.length > 0) && sumOf(caps) < 1 - MET * (caps.length + 1);
}

function sumOf(caps: readonly RiskCap[]): number {
  return caps.reduce((total, { share }) => total + share, 0);
}

interface Run {
  readonly weights: Float64Array;
  readonly value: number;
  readonly optimum: NonNullable<ReturnType<typeof trySolveWith>>;
}

interface SplitCap {
  /** Symmetric: wᵀMw ≤ 0 is the cap. In units of mean variance. */
  readonly form: Float64Array;
  readonly convex: Float64Array;
  readonly concave: Float64Array;
}

class CappedProgram {
  readonly curvature: Float64Array;
  readonly slope: Float64Array;
  private readonly caps: readonly SplitCap[];
  private readonly unit: number;

  constructor(
    private readonly problem: CappedRiskProblem,
    private readonly program: PortfolioProgram,
  ) {
    const { covariance, expectedReturns, riskAversion, caps } = problem;
    requireFiniteNumber(riskAversion, 'riskAversion');
    if (!(riskAversion > 0)) {
      throw new RiskMathError('invalidInput', 'riskAversion is above 0', { field: 'riskAversion' });
    }
    this.curvature = covariance.values.map((value) => riskAversion * value);
    this.slope = new Float64Array(program.size);
    expectedReturns.forEach((mean, i) => (this.slope[i] = -mean));
    this.unit = covariance.variances.reduce((total, variance) => total + variance, 0) / program.assets || 1;
    requireIds(
      caps.map(({ id }) => id),
      caps.length,
      'caps',
    );
    this.caps = caps.map((cap) => this.splitCap(cap));
  }

  private splitCap({ id, assetIds, share }: RiskCap): SplitCap {
    if (!(share < 1 && Number.isFinite(share))) {
      throw new RiskMathError('invalidInput', `the cap ${id} is a share below 1`, { field: 'caps', ids: [id] });
    }
    requireIds(assetIds, assetIds.length, 'caps');
    const { values, size, ids = [] } = this.problem.covariance;
    const inside = new Float64Array(size);
    for (const assetId of assetIds) {
      const asset = ids.indexOf(assetId);
      if (asset < 0)
        throw new RiskMathError('invalidInput', `${assetId} is not among the assets`, {
          field: 'caps',
          ids: [assetId],
        });
      inside[asset] = 1;
    }
    const form = values.map((value, k) => {
      const i = Math.floor(k / size);
      return ((inside[i]! + inside[k % size]!) / 2 - share) * (value / this.unit);
    });
    const { values: eigenvalues, vectors } = symmetricEigen(form, size);
    const convex = new Float64Array(size * size);
    for (let k = 0; k < size; k++) {
      if (eigenvalues[k]! <= 0) continue;
      for (let i = 0; i < size; i++) {
        const scaled = eigenvalues[k]! * vectors[i * size + k]!;
        for (let j = 0; j < size; j++) convex[i * size + j]! += scaled * vectors[j * size + k]!;
      }
    }
    return { form, convex, concave: convex.map((value, k) => value - form[k]!) };
  }

  valueOf(weights: Float64Array): number {
    const { covariance, riskAversion, expectedReturns } = this.problem;
    return (riskAversion / 2) * quadraticForm(covariance, weights) - inner(expectedReturns, weights);
  }

  /** Largest share above its cap; 0 when all are met. */
  excess(weights: Float64Array): number {
    const variance = quadraticForm(this.problem.covariance, weights) / this.unit;
    if (!(variance > 0)) return 0;
    return this.caps.reduce((most, { form }) => Math.max(most, quadratic(form, weights) / variance), 0);
  }

  run(start: Float64Array): Run | null {
    let at = start;
    let last = Infinity;
    let price = 1;
    for (let step = 0; step < MAXIMUM_STEPS; step++) {
      const inside = this.excess(at) <= MET;
      const optimum = inside ? this.strict(at) : this.priced(at, price);
      if (optimum === null) return null;
      at = optimum.variables.slice(0, this.program.assets);
      const value = this.valueOf(at);
      if (inside && last - value <= SETTLED * Math.abs(value)) return { weights: at, value, optimum };
      last = inside ? value : Infinity;
      if (!inside) price = Math.min(price * 2, 1e6);
    }
    return null;
  }

  /** The caps with their concave parts as tangents at a point. */
  private tangents(at: Float64Array, size: number, excessAt: number): QuadraticConstraint[] {
    const { assets } = this.program;
    return this.caps.map(({ convex, concave }, k) => {
      const matrix = new Float64Array(size * size);
      const linear = new Float64Array(size);
      let own = 0;
      for (let i = 0; i < assets; i++) {
        for (let j = 0; j < assets; j++) {
          matrix[i * size + j] = 2 * convex[i * assets + j]!;
          linear[i]! -= 2 * concave[i * assets + j]! * at[j]!;
        }
        own -= (linear[i]! * at[i]!) / 2;
      }
      if (excessAt >= 0) linear[excessAt] = -1;
      return { id: String(k), matrix, linear, limit: -own };
    });
  }

  private strict(at: Float64Array): Run['optimum'] | null {
    return trySolveWith(this.program, this.curvature, this.slope, this.tangents(at, this.program.size, -1));
  }

  /** The same with an excess that has its price. */
  private priced(at: Float64Array, price: number): Run['optimum'] | null {
    const { program } = this;
    const size = program.size + 1;
    const wider = (values: Float64Array, last: number): Float64Array => Float64Array.from([...values, last]);
    const relaxed = {
      ...program,
      size,
      lower: wider(program.lower, 0),
      upper: wider(program.upper, Infinity),
      rows: program.rows.map((row) => ({ ...row, coefficients: wider(row.coefficients, 0) })),
    };
    const slope = wider(this.slope, price * this.problem.riskAversion * this.unit);
    return trySolveWith(relaxed, this.curvature, slope, this.tangents(at, size, size - 1));
  }

  /** max over λ of the dual function of each cap by itself, by golden sections: it is concave in λ. */
  bounds(): number[] {
    return this.caps.map(({ form }) => {
      const highest = this.convexUpTo(form);
      let low = 0;
      let high = highest;
      let best = -Infinity;
      const dual = (lambda: number): number => {
        const curvature = this.curvature.map((value, k) => value + 2 * lambda * this.unit * form[k]!);
        const optimum = trySolveProgram(this.program, curvature, this.slope);
        if (optimum === null) return -Infinity;
        const w = optimum.variables.slice(0, this.program.assets);
        const value = quadratic(curvature, w) / 2 + inner(this.slope.subarray(0, w.length), w) - optimum.gap;
        best = Math.max(best, value);
        return value;
      };
      const section = (Math.sqrt(5) - 1) / 2;
      let a = high - section * (high - low);
      let b = low + section * (high - low);
      let fa = dual(a);
      let fb = dual(b);
      for (let step = 0; step < 40; step++) {
        if (fa > fb) {
          high = b;
          b = a;
          fb = fa;
          a = high - section * (high - low);
          fa = dual(a);
        } else {
          low = a;
          a = b;
          fa = fb;
          b = low + section * (high - low);
          fb = dual(b);
        }
      }
      return best;
    });
  }

  /** The largest λ with γΣ + 2λM positive semi-definite, a hair below. */
  private convexUpTo(form: Float64Array): number {
    const { assets } = this.program;
    const smallest = (lambda: number): number =>
      symmetricEigen(
        this.curvature.map((value, k) => value + 2 * lambda * this.unit * form[k]!),
        assets,
      ).values[0]!;
    let low = 0;
    let high = this.problem.riskAversion;
    for (let step = 0; step < 20 && smallest(high) > 0; step++) high *= 2;
    for (let step = 0; step < 50; step++) {
      const middle = (low + high) / 2;
      if (smallest(middle) > 1e-9 * this.problem.riskAversion * this.unit) low = middle;
      else high = middle;
    }
    return low;
  }
}

function quadratic(matrix: Float64Array, w: Float64Array): number {
  let total = 0;
  for (let i = 0; i < w.length; i++)
    for (let j = 0; j < w.length; j++) total += w[i]! * matrix[i * w.length + j]! * w[j]!;
  return total;
}
