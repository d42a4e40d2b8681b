import { findScale } from '../allocation/scale-search.js';
import type { Solution } from '../allocation/types.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireFiniteNumber } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { type ReturnProblem, checkReturns, inner } from './mean-variance.js';
import { type NamedRow, type PortfolioProgram, createPortfolioProgram } from './portfolio-program.js';
import { type ProgramOptimum, solveProgram, toOptimum, trySolveWith } from './solve-program.js';
import type { OptimisationProblem } from './types.js';

/**
 * Maximum Sharpe ratio: max (μᵀw − r) / √(wᵀΣw) over the constraints. `objective` is the ratio per year.
 *
 * Source: Sharpe, "Mutual fund performance", Journal of Business 39 (1966).
 *
 * With w = y / κ it is the convex program min yᵀΣy over (μ − r 1)ᵀy = 1 and the constraints times κ (Charnes and Cooper,
 * 1962; Cornuéjols and Tütüncü, "Optimization methods in finance", section 8.2). Under a tracking-error or volatility limit it is the
 * mean–variance portfolio whose γ = (μᵀw − r) / wᵀΣw, found on ln γ.
 *
 * @param problem.riskFree r, per day; 0 when absent
 * @throws RiskMathError as `minimumVariance`; `outOfDomain` when no portfolio earns more than `riskFree`, or the ratio is
 *   without end because a portfolio has no risk
 */
export function maximumSharpe(problem: ReturnProblem & { readonly riskFree?: number }): Solution {
  checkReturns(problem);
  const riskFree = problem.riskFree ?? 0;
  requireFiniteNumber(riskFree, 'riskFree');
  const program = createPortfolioProgram(problem);
  const { weights, optimum } = maximiseRatio(program, problem.expectedReturns, riskFree, () => {
    throw new RiskMathError('outOfDomain', 'no portfolio under these constraints earns more than the risk-free rate', {
      field: 'expectedReturns',
    });
  });
  const deviation = Math.sqrt(quadraticForm(problem.covariance, weights));
  const objective = (ANNUALISATION * (inner(problem.expectedReturns, weights) - riskFree)) / deviation;
  return toOptimum(program, optimum, weights, { objective, gap: objective * optimum.gap });
}

/**
 * Maximum diversification: max Σ wᵢ σᵢ / √(wᵀΣw) over the constraints. `objective` is that ratio.
 *
 * Source: Choueifaty and Coignard, "Toward maximum diversification" (2008).
 *
 * @throws RiskMathError as `minimumVariance`; `outOfDomain` when no portfolio has risk
 */
export function maximumDiversification(problem: OptimisationProblem): Solution {
  const program = createPortfolioProgram(problem);
  const deviations = problem.covariance.variances.map(Math.sqrt);
  const { weights, optimum } = maximiseRatio(program, deviations, 0, () => {
    throw new RiskMathError('outOfDomain', 'no portfolio under these constraints has risk', { field: 'covariance' });
  });
  const objective = inner(deviations, weights) / Math.sqrt(quadraticForm(problem.covariance, weights));
  return toOptimum(program, optimum, weights, { objective, gap: objective * optimum.gap });
}

interface Ratio {
  readonly weights: Float64Array;
  /** Its gap relative to the ratio. */
  readonly optimum: ProgramOptimum;
}

/** max (cᵀw − r) / √(wᵀΣw). */
function maximiseRatio(program: PortfolioProgram, reward: Float64Array, base: number, refuse: () => never): Ratio {
  // Whether any portfolio earns more decides whether the cone below has a point.
  if (!(bestReward(program, reward) > base)) refuse();
  if (program.quadratics.length + program.shortfalls.length > 0) return byRiskAversion(program, reward, base, refuse);
  try {
    return inCone(program, reward, base, refuse);
  } catch (error) {
    // Rows times κ can be badly scaled where the ratio is small; the search for γ has the constraints as they are.
    if (RiskMathError.is(error) && error.reason === 'notConverged')
      return byRiskAversion(program, reward, base, refuse);
    throw error;
  }
}

function bestReward(program: PortfolioProgram, reward: Float64Array): number {
  const { assets, size, lower, upper, rows } = program;
  const [row] = rows;
  // Long only and fully invested: the best asset alone.
  if (rows.length === 1 && row!.lower === 1 && row!.upper === 1 && size === assets) {
    if (lower.every((bound) => bound === 0) && upper.every((bound) => bound >= 1)) return Math.max(...reward);
  }
  const slope = new Float64Array(size);
  reward.forEach((value, i) => (slope[i] = -value));
  return inner(reward, solveProgram(program, new Float64Array(assets * assets), slope).variables.slice(0, assets));
}

function inCone(program: PortfolioProgram, reward: Float64Array, base: number, refuse: () => never): Ratio {
  const { assets, size, rows, lower, upper } = program;
  const scale = Math.max(...reward.map(Math.abs), Math.abs(base));
  const [net] = rows;
  const budget = rows.length === 1 && net!.lower === net!.upper && net!.upper > 0 && size === assets;
  if (budget && lower.every((bound) => bound === 0) && upper.every((bound) => bound === Infinity)) {
    // (c − r 1 / net)ᵀy = 1 with y ≥ 0 says it all.
    const coefficients = reward.map((value) => (value - base / net!.upper) / scale);
    const cone = { ...program, rows: [equation('ratio', coefficients)] };
    const optimum = solveProgram(cone, program.covariance.values, new Float64Array(size));
    const total = optimum.variables.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) refuse();
    return {
      weights: optimum.variables.map((value) => (value * net!.upper) / total),
      optimum: relative(program, optimum),
    };
  }
  const cone = coneOf(program, reward, base, scale);
  const optimum = solveProgram(cone, cone.covariance.values, new Float64Array(cone.size));
  const kappa = optimum.variables[cone.size - 1]!;
  if (!(kappa > 0)) refuse();
  const variables = optimum.variables.map((value) => value / kappa);
  return {
    weights: variables.slice(0, assets),
    optimum: { ...relative(program, optimum), ...named(program, optimum, variables) },
  };
}

function equation(name: string, coefficients: Float64Array): NamedRow {
  return { lowerName: name, upperName: name, coefficients, lower: 1, upper: 1 };
}

/** The program with weights times κ, κ its last variable; bounds other than 0 become rows. */
function coneOf(program: PortfolioProgram, reward: Float64Array, base: number, scale: number): PortfolioProgram {
  const size = program.size + 1;
  const kappa = size - 1;
  const wider = (coefficients: Float64Array, last: number): Float64Array => {
    const row = new Float64Array(size);
    row.set(coefficients);
    row[kappa] = last;
    return row;
  };
  const rows: NamedRow[] = [
    equation(
      'ratio',
      wider(
        reward.map((value) => value / scale),
        -base / scale,
      ),
    ),
  ];
  const homogeneous = (row: NamedRow): void => {
    const { coefficients, lower, upper } = row;
    if (lower === upper) rows.push({ ...row, coefficients: wider(coefficients, -upper), lower: 0, upper: 0 });
    else {
      if (upper < Infinity)
        rows.push({ ...row, coefficients: wider(coefficients, -upper), lower: -Infinity, upper: 0 });
      if (lower > -Infinity)
        rows.push({ ...row, coefficients: wider(coefficients, -lower), lower: 0, upper: Infinity });
    }
  };
  program.rows.forEach(homogeneous);
  const lower = new Float64Array(size);
  for (let i = 0; i < program.size; i++) {
    const unit = new Float64Array(program.size);
    unit[i] = 1;
    const names = { lowerName: `lowerBound:${program.assetIds[i]}`, upperName: `upperBound:${program.assetIds[i]}` };
    const bounded = program.lower[i] !== 0;
    if (bounded) lower[i] = -Infinity;
    if (bounded || program.upper[i]! < Infinity) {
      homogeneous({
        ...names,
        coefficients: unit,
        lower: bounded ? program.lower[i]! : -Infinity,
        upper: program.upper[i]!,
      });
    }
  }
  return { ...program, size, lower, upper: new Float64Array(size).fill(Infinity), rows, quadratics: [] };
}

/** The gap of min yᵀΣy relative to twice its value: the relative gap of the ratio. */
function relative({ covariance }: PortfolioProgram, optimum: ProgramOptimum): ProgramOptimum {
  const variance = quadraticForm(covariance, optimum.variables.slice(0, covariance.size));
  if (!(variance > 0)) {
    throw new RiskMathError('outOfDomain', 'a portfolio without risk has a ratio without end', { field: 'covariance' });
  }
  return { ...optimum, gap: optimum.gap / variance };
}

/** What binds, in terms of the weights. */
function named(
  program: PortfolioProgram,
  { binding }: ProgramOptimum,
  variables: Float64Array,
): Pick<ProgramOptimum, 'binding'> {
  const assets = new Map(program.assetIds.map((id, i) => [id, i]));
  return {
    binding: binding.flatMap(({ constraint }) => {
      const upper = constraint.includes('pper') || constraint === 'turnover';
      const asset = /^(?:lower|upper)Bound:/.test(constraint) ? assets.get(constraint.slice(11)) : undefined;
      if (asset !== undefined) {
        const bound = (upper ? program.upper : program.lower)[asset]!;
        return [{ constraint, bound, value: variables[asset]! }];
      }
      const row = program.rows.find(({ lowerName, upperName }) => (upper ? upperName : lowerName) === constraint);
      if (row === undefined) return [];
      const value = inner(row.coefficients, variables.subarray(0, program.size));
      return [{ constraint, bound: upper ? row.upper : row.lower, value }];
    }),
  };
}

/** How closely γ is found: the interior-point method leaves no more to it, and the ratio is flat there. */
const EXACTNESS = 1e-10;
const ACCEPTED = 1e-7;

/** max cᵀw − ½ γ wᵀΣw, with γ such that γ wᵀΣw is the excess reward: the stationary point of the ratio. */
function byRiskAversion(program: PortfolioProgram, reward: Float64Array, base: number, refuse: () => never): Ratio {
  const { covariance, assets, size } = program;
  const slope = new Float64Array(size);
  reward.forEach((value, i) => (slope[i] = -value));
  const solve = (aversion: number): ProgramOptimum & { readonly distance: number } => {
    const curvature = covariance.values.map((value) => aversion * value);
    // That the constraints can hold together is known by now.
    const optimum = trySolveWith(program, curvature, slope) ?? solveProgram(program, curvature, slope);
    const weights = optimum.variables.slice(0, assets);
    const variance = quadraticForm(covariance, weights);
    return { ...optimum, distance: (aversion * variance) / Math.max(inner(reward, weights) - base, 1e-300) - 1 };
  };
  const typical = covariance.variances.reduce((total, value) => total + value, 0) / assets;
  const start = (bestReward(program, reward) - base) / typical;
  const root = findScale(start, solve, ({ distance }) => distance, EXACTNESS, ACCEPTED);
  if (root === null) return refuse();
  return {
    weights: root.outcome.variables.slice(0, assets),
    optimum: { ...root.outcome, gap: root.outcome.gap / Math.abs(start * typical) },
  };
}
