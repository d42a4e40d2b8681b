import { mirrorLower } from '../allocation/dense.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';

/** min ½ mean of max(0, Lₛ·w)² − Σ bᵢ ln wᵢ over w > 0. */
export interface SemiDeviationProblem {
  readonly assets: number;
  readonly scenarios: number;
  /** T×n row-major. */
  readonly losses: Float64Array;
  /** bᵢ > 0. */
  readonly barrier: Float64Array;
}

export interface SemiDeviationOptimum {
  readonly weights: Float64Array;
  /** Gradient of ½ R². */
  readonly marginals: Float64Array;
  readonly iterations: number;
}

const MAXIMUM_ITERATIONS = 200;
/** Weights that have grown this much meet no risk on their way. */
const WITHOUT_END = 1e8;

/** @throws RiskMathError `notConverged` */
export function solveSemiDeviation({ assets, scenarios, losses, barrier }: SemiDeviationProblem): SemiDeviationOptimum {
  let weights = start();
  let point = evaluate(weights);
  for (let iteration = 1; iteration <= MAXIMUM_ITERATIONS; iteration++) {
    const gradient = point.marginals.map((marginal, i) => marginal - barrier[i]! / weights[i]!);
    const hessian = point.hessian;
    for (let i = 0; i < assets; i++) hessian[i * assets + i]! += barrier[i]! / weights[i]! ** 2;
    mirrorLower(hessian, assets);
    const factor = cholesky(hessian, assets);
    if (factor === null) break;
    const step = choleskySolve(
      factor,
      assets,
      gradient.map((value) => -value),
    );
    const decrement = -step.reduce((total, value, i) => total + value * gradient[i]!, 0);
    let length = 1;
    step.forEach((value, i) => (length = value < 0 ? Math.min(length, (-0.95 * weights[i]!) / value) : length));
    const from = point.value;
    let next = moved(weights, step, length);
    let reached = evaluate(next);
    // At the end the decrease is below rounding, and whole steps lead on.
    while (decrement > 1e-13 && !(reached.value <= from - 1e-4 * length * decrement) && length > 1e-10) {
      length /= 2;
      next = moved(weights, step, length);
      reached = evaluate(next);
    }
    const change = step.reduce((most, value, i) => Math.max(most, Math.abs(length * value) / weights[i]!), 0);
    weights = next;
    point = reached;
    if (change < 1e-14 || (decrement < 1e-26 && length === 1)) {
      return { weights, marginals: point.marginals, iterations: iteration };
    }
  }
  const miss = point.marginals.reduce(
    (most, marginal, i) => Math.max(most, Math.abs(marginal * weights[i]! - barrier[i]!)),
    0,
  );
  if (Math.max(...weights) > WITHOUT_END * Math.max(...start())) {
    throw new RiskMathError('outOfDomain', 'a portfolio of these signs has no risk by this measure', {
      field: 'returns',
    });
  }
  if (miss < 1e-10) return { weights, marginals: point.marginals, iterations: MAXIMUM_ITERATIONS };
  throw new RiskMathError('notConverged', `semi-deviation budgeting stopped at a residual of ${miss}`, {
    residual: miss,
  });

  function start(): Float64Array {
    const squares = new Float64Array(assets);
    for (let s = 0; s < scenarios; s++) {
      for (let i = 0; i < assets; i++) squares[i]! += losses[s * assets + i]! ** 2 / scenarios;
    }
    return barrier.map((budget, i) => Math.sqrt(budget / Math.max(squares[i]!, 1e-300)));
  }

  function evaluate(at: Float64Array): { value: number; marginals: Float64Array; hessian: Float64Array } {
    let value = 0;
    const marginals = new Float64Array(assets);
    const hessian = new Float64Array(assets * assets);
    for (let s = 0; s < scenarios; s++) {
      const row = s * assets;
      let loss = 0;
      for (let i = 0; i < assets; i++) loss += losses[row + i]! * at[i]!;
      if (loss <= 0) continue;
      value += (loss * loss) / (2 * scenarios);
      for (let i = 0; i < assets; i++) {
        const scaled = losses[row + i]! / scenarios;
        marginals[i]! += loss * scaled;
        for (let j = 0; j <= i; j++) hessian[i * assets + j]! += scaled * losses[row + j]!;
      }
    }
    for (let i = 0; i < assets; i++) value -= barrier[i]! * Math.log(at[i]!);
    return { value, marginals, hessian };
  }
}

function moved(weights: Float64Array, step: Float64Array, length: number): Float64Array {
  return weights.map((weight, i) => weight + length * step[i]!);
}
