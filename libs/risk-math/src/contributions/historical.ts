import type { RiskSpecification } from '../foundation/conventions.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type ScenarioWeights, scenarioLosses, shortfallWeights, tailFigures } from '../measures/historical.js';
import { quantilePosition } from '../measures/order-statistics.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import { type RiskContributions, scaled } from './euler.js';

type HistoricalSpecification = Pick<RiskSpecification, 'confidence' | 'quantileRule'>;

/** Contributions to historical VaR, with the kernel's half-width. */
export interface HistoricalVarContributions extends RiskContributions {
  /** Half-width in loss, fraction of NAV before √h; 0 when the two neighbouring scenarios were used alone. */
  readonly bandwidth: number;
}

/** The rescaling to the exact sum is accepted in this range; else the kernel is narrowed. */
const RESCALE_RANGE = { lowest: 0.5, highest: 2 };

/**
 * Contributions to historical ES over the horizon: the mean loss of each position over the portfolio's own tail, with
 * the same fractional weights, so that they sum to the figure.
 */
export function historicalEsContributions(
  scenarios: ScenarioSet,
  weights: Float64Array,
  specification: HistoricalSpecification,
): RiskContributions {
  const losses = scenarioLosses(scenarios, weights);
  const total = tailFigures(losses, specification.confidence, specification.quantileRule).es;
  return scaled(
    fromScenarioWeights(scenarios, weights, shortfallWeights(losses, specification.confidence), total),
    scenarios.multiplier,
  );
}

/**
 * Contributions to historical VaR over the horizon: the mean loss of each position over the scenarios around the
 * quantile, weighted by a triangular kernel in the portfolio's loss and rescaled to the exact sum.
 *
 * The half-width is 2.575 σ T^(−1/5). Where the kernel's mean is further than a factor of two from the quantile (a
 * figure near 0) it is halved until it is not; in the limit the one or two scenarios of the quantile remain, whose
 * interpolation sums exactly. Source: Epperlein and Smillie, "Cracking VaR with kernels", Risk 19 (2006).
 */
export function historicalVarContributions(
  scenarios: ScenarioSet,
  weights: Float64Array,
  specification: HistoricalSpecification,
): HistoricalVarContributions {
  const losses = scenarioLosses(scenarios, weights);
  const total = tailFigures(losses, specification.confidence, specification.quantileRule).var;
  const { scenarioWeights, bandwidth } = quantileKernel(losses, total, specification);
  return {
    ...scaled(fromScenarioWeights(scenarios, weights, scenarioWeights, total), scenarios.multiplier),
    bandwidth,
  };
}

/** Weighted scenarios around the quantile `value` of `losses`; the weights times the losses sum to `value`. */
export function quantileKernel(
  losses: Float64Array,
  value: number,
  specification: HistoricalSpecification,
): { readonly scenarioWeights: ScenarioWeights; readonly bandwidth: number } {
  let bandwidth = 2.575 * standardDeviation(losses) * losses.length ** -0.2;
  const narrowest = bandwidth * 1e-3;
  while (bandwidth > narrowest) {
    const kernel = triangularWeights(losses, value, bandwidth);
    if (kernel !== null) return { scenarioWeights: kernel, bandwidth };
    bandwidth /= 2;
  }
  return { scenarioWeights: neighbourWeights(losses, specification), bandwidth: 0 };
}

/** `null` when the kernel's mean cannot stand for the quantile. */
function triangularWeights(losses: Float64Array, value: number, bandwidth: number): ScenarioWeights | null {
  const scenarios: number[] = [];
  const weights: number[] = [];
  let mass = 0;
  let mean = 0;
  for (let t = 0; t < losses.length; t++) {
    const weight = 1 - Math.abs(losses[t]! - value) / bandwidth;
    if (weight <= 0) continue;
    scenarios.push(t);
    weights.push(weight);
    mass += weight;
    mean += weight * losses[t]!;
  }
  if (mass === 0) return null;
  const ratio = value / (mean / mass);
  if (!(ratio >= RESCALE_RANGE.lowest && ratio <= RESCALE_RANGE.highest)) return null;
  const scale = value / mean;
  return { scenarios: Int32Array.from(scenarios), weights: Float64Array.from(weights, (weight) => weight * scale) };
}

/** The order statistics that the quantile interpolates; equal losses share a weight. */
function neighbourWeights(losses: Float64Array, specification: HistoricalSpecification): ScenarioWeights {
  const sorted = Float64Array.from(losses).sort();
  const { lower, fraction } = quantilePosition(losses.length, specification.confidence, specification.quantileRule);
  const at = sorted[lower]!;
  const next = sorted[Math.min(lower + 1, losses.length - 1)]!;
  const byScenario = new Map<number, number>();
  spread(losses, at, 1 - fraction, byScenario);
  if (fraction > 0) spread(losses, next, fraction, byScenario);
  return { scenarios: Int32Array.from(byScenario.keys()), weights: Float64Array.from(byScenario.values()) };
}

function spread(losses: Float64Array, value: number, weight: number, byScenario: Map<number, number>): void {
  const equal: number[] = [];
  for (let t = 0; t < losses.length; t++) if (losses[t] === value) equal.push(t);
  for (const t of equal) byScenario.set(t, (byScenario.get(t) ?? 0) + weight / equal.length);
}

/** Marginals −Σ_t q_t r_ti. @throws RiskMathError `notConverged` if they do not sum to the total, which rounding alone cannot do */
export function fromScenarioWeights(
  scenarios: ScenarioSet,
  weights: Float64Array,
  scenarioWeights: ScenarioWeights,
  total: number,
): RiskContributions {
  const marginals = scenarioMarginals(scenarios, scenarioWeights);
  const contributions = marginals.map((marginal, i) => marginal * weights[i]!);
  let sum = 0;
  let size = Math.abs(total);
  for (const contribution of contributions) {
    sum += contribution;
    size += Math.abs(contribution);
  }
  if (Math.abs(sum - total) > 1e-9 * size) {
    throw new RiskMathError('notConverged', 'the contributions do not sum to the figure', { residual: sum - total });
  }
  return { total, contributions, marginals };
}

/** The weighted mean loss of one unit of each instrument, before √h. */
export function scenarioMarginals(scenarios: ScenarioSet, scenarioWeights: ScenarioWeights): Float64Array {
  const { assets, values } = scenarios.returns;
  const marginals = new Float64Array(assets);
  for (let s = 0; s < scenarioWeights.scenarios.length; s++) {
    const weight = scenarioWeights.weights[s]!;
    const row = scenarioWeights.scenarios[s]! * assets;
    for (let i = 0; i < assets; i++) marginals[i]! -= weight * values[row + i]!;
  }
  return marginals;
}

function standardDeviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
