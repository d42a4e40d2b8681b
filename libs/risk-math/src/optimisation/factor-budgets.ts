import type { Solution } from '../allocation/types.js';
import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { FactorModel } from '../model/factor-model.js';
import { multiply, toDense } from '../model/risk-model-matrix.js';
import { createPortfolioProgram } from './portfolio-program.js';
import { type ProgramOptimum, solveProgram, toOptimum, trySolveProgram } from './solve-program.js';
import type { PortfolioConstraints } from './types.js';
import { uniforms } from '../random/uniforms.js';

/** Shares of risk asked of factors. */
export interface FactorBudgetProblem {
  /** `ids` are required. */
  readonly model: FactorModel;
  /** Share of variance of each factor; what they leave of 1 is specific. */
  readonly targetShares: ArrayLike<number>;
  readonly constraints?: PortfolioConstraints | undefined;
  /** Of the pseudo-random starts; 1 when absent. */
  readonly seed?: number;
  /** 8 when absent. */
  readonly starts?: number;
}

export interface FactorBudgetSolution extends Solution {
  readonly targetFactorShares: Float64Array;
  /** x_f (Fx)_f / wᵀΣw with x = Bᵀw; with the specific share they sum to 1. */
  readonly factorShares: Float64Array;
  readonly specificShare: number;
}

const MAXIMUM_STEPS = 100;
const SETTLED = 1e-12;

/**
 * Budgets of factor risk in least squares: min Σ_f (share_f(w) − target_f)² over the constraints, with the Euler shares of the
 * factors x_f (Fx)_f / wᵀΣw. Fewer factors than assets leave many answers, and the problem is not convex: the status is always
 * `notUnique`, `objective` is the sum of squares reached (0: met), the best of several seeded starts by the method of Levenberg and
 * Marquardt, each step a convex program over the constraints.
 *
 * Source: Roncalli and Weisang, "Risk parity portfolios with risk factors" (2016).
 *
 * @throws RiskMathError `infeasible` when the constraints clash; `outOfDomain` when every start has no risk; `invalidInput`
 */
export function factorRiskBudgeting(problem: FactorBudgetProblem): FactorBudgetSolution {
  const { model, seed = 1, starts = 8 } = problem;
  requireLength(problem.targetShares, model.factors, 'targetShares');
  requireFinite(problem.targetShares, 'targetShares');
  requireInteger(starts, 1, 'starts');
  requireInteger(seed, 0, 'seed');
  const target = Float64Array.from(problem.targetShares);
  const covariance = toDense(model);
  const program = createPortfolioProgram({ covariance, constraints: problem.constraints });
  if (program.size > program.assets || program.quadratics.length + program.shortfalls.length > 0) {
    throw new RiskMathError('invalidInput', 'factor budgets take bounds, groups and linear constraints', {
      field: 'constraints',
    });
  }
  const fit = new FactorFit(model, target);
  const random = uniforms(seed);
  let best: Fitted | null = null;
  let iterations = 0;
  for (let start = 0; start < starts; start++) {
    const wanted = Float64Array.from(
      { length: program.assets },
      () => (start === 0 ? 1 : 2 * random()) / program.assets,
    );
    const near = nearest(program, wanted);
    const found = fit.run(near, (curvature, slope) => trySolveProgram(program, curvature, slope));
    iterations += found?.steps ?? 0;
    if (found !== null && (best === null || found.value < best.value)) best = found;
    if (best !== null && best.value < 1e-20) break;
  }
  if (best === null) {
    throw new RiskMathError('outOfDomain', 'no start has risk that could be shared', { field: 'model' });
  }
  const { shares, specific } = fit.sharesAt(best.weights)!;
  const optimum = {
    variables: best.weights,
    iterations,
    residual: best.movement,
    gap: 0,
    binding: best.optimum.binding,
  };
  const { gap: _, ...solution } = toOptimum(program, optimum, best.weights, { objective: best.value });
  return {
    ...solution,
    status: 'notUnique',
    seed,
    targetFactorShares: target,
    factorShares: shares,
    specificShare: specific,
  };
}

/** The weights under the constraints that are nearest to those wanted. @throws RiskMathError `infeasible` */
function nearest(program: ReturnType<typeof createPortfolioProgram>, wanted: Float64Array): Float64Array {
  const { assets } = program;
  const unit = new Float64Array(assets * assets);
  for (let i = 0; i < assets; i++) unit[i * assets + i] = 1;
  return solveProgram(
    program,
    unit,
    wanted.map((weight) => -weight),
  ).variables.slice(0, assets);
}

interface Fitted {
  readonly weights: Float64Array;
  readonly value: number;
  readonly steps: number;
  /** The largest change of a weight in the last step. */
  readonly movement: number;
  readonly optimum: ProgramOptimum;
}

class FactorFit {
  constructor(
    private readonly model: FactorModel,
    private readonly target: Float64Array,
  ) {}

  /** `null` for weights without risk. */
  sharesAt(weights: Float64Array): { shares: Float64Array; specific: number; jacobian: Float64Array } | null {
    const { size, factors, exposures, factorCovariance } = this.model;
    const product = multiply(this.model, weights);
    const variance = product.reduce((total, value, i) => total + value * weights[i]!, 0);
    if (!(variance > 0)) return null;
    const x = new Float64Array(factors);
    for (let i = 0; i < size; i++) for (let f = 0; f < factors; f++) x[f]! += weights[i]! * exposures[i * factors + f]!;
    const y = new Float64Array(factors);
    for (let f = 0; f < factors; f++)
      for (let g = 0; g < factors; g++) y[f]! += factorCovariance[f * factors + g]! * x[g]!;
    const shares = x.map((value, f) => (value * y[f]!) / variance);
    const jacobian = new Float64Array(factors * size);
    for (let i = 0; i < size; i++) {
      for (let f = 0; f < factors; f++) {
        let slope = 0;
        for (let g = 0; g < factors; g++) slope += exposures[i * factors + g]! * factorCovariance[g * factors + f]!;
        const direct = exposures[i * factors + f]! * y[f]! + x[f]! * slope;
        jacobian[f * size + i] = (direct - 2 * shares[f]! * product[i]!) / variance;
      }
    }
    return { shares, specific: 1 - shares.reduce((total, share) => total + share, 0), jacobian };
  }

  run(
    start: Float64Array,
    solve: (curvature: Float64Array, slope: Float64Array) => ProgramOptimum | null,
  ): Fitted | null {
    const { size } = this.model;
    let weights = start;
    let here = this.sharesAt(weights);
    if (here === null) return null;
    let value = this.missOf(here.shares);
    let damping = 1e-3;
    let optimum: ProgramOptimum | null = null;
    let movement = 0;
    let step = 0;
    for (; step < MAXIMUM_STEPS && damping < 1e12 && value > 1e-28; step++) {
      const { curvature, slope } = this.quadraticModel(weights, here, damping);
      const next = solve(curvature, slope);
      if (next === null) return null;
      const moved = next.variables.slice(0, size);
      const there = this.sharesAt(moved);
      const reached = there === null ? Infinity : this.missOf(there.shares);
      if (there === null || reached > value) {
        damping *= 8;
        continue;
      }
      movement = moved.reduce((most, weight, i) => Math.max(most, Math.abs(weight - weights[i]!)), 0);
      weights = moved;
      here = there;
      value = reached;
      optimum = next;
      damping = Math.max(damping / 8, 1e-12);
      if (movement < SETTLED) break;
    }
    optimum ??= { variables: weights, iterations: 0, residual: 0, gap: 0, binding: [] };
    return { weights, value, steps: step, movement, optimum };
  }

  private missOf(shares: Float64Array): number {
    return shares.reduce((total, share, f) => total + (share - this.target[f]!) ** 2, 0);
  }

  /** ½ |r + J (v − w)|² + ½ damping |v − w|² as a quadratic form of v. */
  private quadraticModel(
    weights: Float64Array,
    { shares, jacobian }: { readonly shares: Float64Array; readonly jacobian: Float64Array },
    damping: number,
  ): { curvature: Float64Array; slope: Float64Array } {
    const { size, factors } = this.model;
    const curvature = new Float64Array(size * size);
    const slope = new Float64Array(size);
    for (let f = 0; f < factors; f++) {
      let constant = shares[f]! - this.target[f]!;
      for (let i = 0; i < size; i++) constant -= jacobian[f * size + i]! * weights[i]!;
      for (let i = 0; i < size; i++) {
        const scaled = jacobian[f * size + i]!;
        slope[i]! += constant * scaled;
        for (let j = 0; j < size; j++) curvature[i * size + j]! += scaled * jacobian[f * size + j]!;
      }
    }
    for (let i = 0; i < size; i++) {
      curvature[i * size + i]! += damping;
      slope[i]! -= damping * weights[i]!;
    }
    return { curvature, slope };
  }
}
