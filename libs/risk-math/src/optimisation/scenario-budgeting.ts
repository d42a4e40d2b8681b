import { checkedBudgets } from '../allocation/risk-budgeting.js';
import { fullyInvested } from '../allocation/program.js';
import type { Solution, WeightScale } from '../allocation/types.js';
import { deviationContributions } from '../contributions/euler.js';
import { sampleCovariance } from '../covariance/sample.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireConfidence, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { tailMass } from '../measures/order-statistics.js';
import { historicalEs } from '../measures/historical.js';
import type { Covariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';
import { solveSemiDeviation } from './semi-deviation-barrier.js';
import { solveTailBarrier } from './tail-barrier.js';

/** Budgets of a measure of past returns. */
export interface ScenarioBudgetProblem {
  /** `ids` are required. */
  readonly returns: Returns;
  /** Share of each asset, none negative, sum 1; a budget of 0 means a weight of 0. */
  readonly budgets: ArrayLike<number>;
  /** +1 long, −1 short; all long when absent. */
  readonly signs?: ArrayLike<number> | undefined;
  /** Long only and fully invested (net 1) when absent; a volatility is that of the sample covariance. */
  readonly scale?: WeightScale | undefined;
}

/** Largest |share − budget| accepted. */
const ACCEPTED = 1e-8;

/**
 * Budgets of expected shortfall: min ES(w) − Σ bᵢ ln |wᵢ|, scaled to `scale`. ES is convex and homogeneous, so that at the
 * optimum some subgradient Lᵀp, p the weights of the scenarios in the tail, has wᵢ (Lᵀp)ᵢ = bᵢ ES. Where several losses are equal at the
 * tail's boundary, which at the optimum is the rule, they share the boundary in the proportion that meets the budgets;
 * `realisedShares` are those of that subgradient, which is checked to be one.
 *
 * Source: the program of Richard and Roncalli (2019) with expected shortfall; Mausser and Romanko, "Computing equal risk
 * contribution portfolios" (2014), section 5.
 *
 * @param problem.confidence the level, such as 0.95
 * @throws RiskMathError `invalidInput` on budgets or signs; `outOfDomain` when a portfolio of these signs has no shortfall;
 *   `notConverged` with the residual
 */
export function shortfallBudgeting(problem: ScenarioBudgetProblem & { readonly confidence: number }): Solution {
  const { returns, confidence } = problem;
  requireConfidence(confidence);
  const { active, losses, budgets } = reduced(problem);
  const mass = tailMass(returns.observations, confidence);
  const { weights, tail, iterations } = solveTailBarrier({
    assets: active.length,
    scenarios: returns.observations,
    losses,
    share: 1 / mass,
    barrier: Float64Array.from(active, (i) => budgets[i]!),
  });
  const loss = lossesOf(losses, weights);
  const shortfall = historicalEs(loss, confidence);
  requireRisk(shortfall, loss);
  const marginal = new Float64Array(active.length);
  tail.forEach((p, s) => marginal.forEach((_, i) => (marginal[i]! += p * losses[s * active.length + i]!)));
  const shares = marginal.map((value, i) => (value * weights[i]!) / shortfall);
  // Σ p·loss = ES with p in the tail's range: the shares are of a subgradient.
  const outside = tail.reduce((most, p) => Math.max(most, -p, p - 1 / mass), 0) * mass;
  const slack = Math.abs(tail.reduce((total, p, s) => total + p * loss[s]!, 0) / shortfall - 1);
  return answer(problem, { active, weights, shares, budgets, iterations, error: Math.max(outside, slack) });
}

/**
 * Budgets of semi-deviation, √(mean of max(0, loss − centre)²) of the losses beyond their mean or beyond 0: min ½ R(w)² − Σ bᵢ ln |wᵢ|,
 * scaled to `scale`. R² is once differentiable and piecewise quadratic: Newton's method with the pieces of the present point,
 * shortened until the objective falls, ends on the last piece exactly.
 *
 * @param problem.about `mean`: shortfall below the portfolio's own mean return (default); `zero`: losses
 * @throws RiskMathError as `shortfallBudgeting`
 */
export function semiDeviationBudgeting(
  problem: ScenarioBudgetProblem & { readonly about?: 'mean' | 'zero' },
): Solution {
  const { active, losses, budgets } = reduced(problem);
  const assets = active.length;
  const scenarios = problem.returns.observations;
  if ((problem.about ?? 'mean') === 'mean') {
    for (let i = 0; i < assets; i++) {
      let mean = 0;
      for (let s = 0; s < scenarios; s++) mean += losses[s * assets + i]! / scenarios;
      for (let s = 0; s < scenarios; s++) losses[s * assets + i]! -= mean;
    }
  }
  const { weights, marginals, iterations } = solveSemiDeviation({
    assets,
    scenarios,
    losses,
    barrier: Float64Array.from(active, (i) => budgets[i]!),
  });
  const squared = marginals.reduce((total, marginal, i) => total + marginal * weights[i]!, 0);
  requireRisk(
    squared,
    lossesOf(losses, weights).map((loss) => loss * loss),
  );
  const shares = marginals.map((marginal, i) => (marginal * weights[i]!) / squared);
  return answer(problem, { active, weights, shares, budgets, iterations, error: 0 });
}

interface Reduced {
  /** Assets with a budget. */
  readonly active: readonly number[];
  /** Their losses, shorts turned round, over their typical size. */
  readonly losses: Float64Array;
  readonly budgets: Float64Array;
}

function reduced({ returns, budgets: given, signs }: ScenarioBudgetProblem): Reduced {
  const { ids, assets, observations, values } = returns;
  if (ids === undefined || assets === 0) {
    throw new RiskMathError('invalidInput', 'budgets need returns with the ids of their assets', { field: 'returns' });
  }
  requireObservations(observations, 2, 'a historical measure');
  const budgets = checkedBudgets(given, assets);
  if (signs !== undefined) {
    requireLength(signs, assets, 'signs');
    if (Array.from(signs).some((sign) => sign !== 1 && sign !== -1)) {
      throw new RiskMathError('invalidInput', 'a sign is 1 or −1', { field: 'signs' });
    }
  }
  const active = Array.from(ids.keys()).filter((i) => budgets[i]! > 0);
  const losses = new Float64Array(observations * active.length);
  let squares = 0;
  active.forEach((asset, i) => {
    let own = 0;
    for (let t = 0; t < observations; t++) {
      const loss = -(signs?.[asset] ?? 1) * values[t * assets + asset]!;
      losses[t * active.length + i] = loss;
      own += loss * loss;
    }
    if (!(own > 0)) {
      throw new RiskMathError('outOfDomain', `${ids[asset]!} has a budget but no returns`, { ids: [ids[asset]!] });
    }
    squares += own;
  });
  const unit = Math.sqrt(squares / losses.length);
  return { active, losses: losses.map((loss) => loss / unit), budgets };
}

function lossesOf(losses: Float64Array, weights: Float64Array): Float64Array {
  const assets = weights.length;
  return Float64Array.from({ length: losses.length / assets }, (_, s) => {
    let total = 0;
    for (let i = 0; i < assets; i++) total += losses[s * assets + i]! * weights[i]!;
    return total;
  });
}

/** @throws RiskMathError `outOfDomain` unless the measure is above 0 beyond rounding */
function requireRisk(figure: number, losses: Float64Array): void {
  const size = losses.reduce((most, loss) => Math.max(most, Math.abs(loss)), 0);
  if (figure > 1e-10 * size && Number.isFinite(size)) return;
  throw new RiskMathError('outOfDomain', 'a portfolio of these signs has no risk by this measure', {
    field: 'returns',
  });
}

interface Found {
  readonly active: readonly number[];
  readonly weights: Float64Array;
  readonly shares: Float64Array;
  readonly budgets: Float64Array;
  readonly iterations: number;
  /** What the shares miss to be those of a subgradient. */
  readonly error: number;
}

function answer({ returns, signs, scale = fullyInvested }: ScenarioBudgetProblem, found: Found): Solution {
  const { active, budgets, iterations } = found;
  const covariance = sampleCovariance(returns);
  const weights = new Float64Array(returns.assets);
  const realisedShares = new Float64Array(returns.assets);
  active.forEach((asset, i) => {
    weights[asset] = (signs?.[asset] ?? 1) * found.weights[i]!;
    realisedShares[asset] = found.shares[i]!;
  });
  const factor = scale.value / sizeOf(covariance, weights, scale);
  if (!(Number.isFinite(factor) && factor > 0)) {
    throw new RiskMathError('outOfDomain', `no multiple of these weights has a ${scale.kind} of ${scale.value}`, {
      field: 'scale',
    });
  }
  const residual = realisedShares.reduce(
    (most, share, i) => Math.max(most, Math.abs(share - budgets[i]!)),
    found.error,
  );
  if (!(residual <= ACCEPTED)) {
    throw new RiskMathError('notConverged', `risk budgeting stopped at a residual of ${residual}`, {
      residual,
      iterations,
    });
  }
  const scaled = weights.map((weight) => weight * factor);
  return {
    assetIds: covariance.ids ?? [],
    weights: scaled,
    targetShares: budgets,
    realisedShares,
    status: 'optimal',
    binding: [],
    iterations,
    residual,
    volatilityAnnual: ANNUALISATION * deviationContributions(covariance, scaled).total,
  };
}

function sizeOf(covariance: Covariance, weights: Float64Array, { kind }: WeightScale): number {
  if (kind === 'volatility') return ANNUALISATION * deviationContributions(covariance, weights).total;
  return weights.reduce((total, weight) => total + (kind === 'gross' ? Math.abs(weight) : weight), 0);
}
