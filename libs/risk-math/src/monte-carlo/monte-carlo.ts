import { type HistoricalVarContributions, quantileKernel } from '../contributions/historical.js';
import type { QuantileRule } from '../foundation/conventions.js';
import { requireConfidence, requireFinite, requireInteger, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import {
  type ScenarioWeights,
  boundaryRank,
  tailDepth,
  tailFigures,
  tailFiguresOf,
  weightsBeyond,
} from '../measures/historical.js';
import { largestFirst } from '../measures/order-statistics.js';
import { pathNumbers } from '../random/random-stream.js';
import { pathSource } from './sources.js';
import { type Simulation, assetsOf, checkSimulation } from './simulation.js';

/** A part of the paths: those from `from` up to, and without, `to`. */
export interface PathRange {
  readonly from: number;
  readonly to: number;
}

/** Value at risk and expected shortfall by simulation, fractions of NAV over the horizon, loss positive. */
export interface MonteCarloRisk {
  readonly seed: number;
  readonly paths: number;
  readonly horizonDays: number;
  readonly confidence: number;
  readonly var: number;
  /** 95 % interval of VaR from its order statistics: what the number of paths leaves open. */
  readonly varInterval: readonly [number, number];
  readonly es: number;
  /** Standard error of ES for the number of paths. */
  readonly esStandardError: number;
  /** Euler contributions to ES by instrument: mean loss over the portfolio's own tail; they sum to `es`. */
  readonly esContributions: Float64Array;
  readonly meanLoss: number;
  readonly worstLoss: number;
}

/** Returns made at a time, so that they stay in the cache. */
const BLOCK_NUMBERS = 16_384;

/** Paths made at a time. */
function blockOf(assets: number): number {
  return Math.max(64, Math.floor(BLOCK_NUMBERS / Math.max(1, assets)));
}

/**
 * Losses of a range of paths, −Σ wᵢ rᵢ. Every path's returns of all instruments are generated; each path has random numbers
 * of its own, so that the ranges can be made anywhere, in any order and size, and give the same bits.
 *
 * @throws RiskMathError as the fields of `Simulation` say; `invalidInput` on a range outside the paths
 */
export function simulatedLosses(simulation: Simulation, range?: PathRange): Float64Array {
  checkSimulation(simulation);
  const { from, to } = checkedRange(simulation, range);
  const { weights } = simulation;
  const source = pathSource(simulation);
  const { assets } = source;
  const block = blockOf(assets);
  const returns = new Float64Array(block * assets);
  const losses = new Float64Array(to - from);
  for (let start = from; start < to; start += block) {
    const count = Math.min(block, to - start);
    source.fill(pathNumbers(start, count), returns);
    for (let path = 0; path < count; path++) {
      let total = 0;
      for (let i = 0, at = path * assets; i < assets; i++, at++) total -= weights[i]! * returns[at]!;
      losses[start - from + path] = total;
    }
  }
  return losses;
}

/** Returns over the horizon of all instruments on a range of paths, (to − from)×n row-major. Errors as `simulatedLosses`. */
export function simulatedReturns(simulation: Simulation, range?: PathRange): Float64Array {
  checkSimulation(simulation);
  const { from, to } = checkedRange(simulation, range);
  const returns = new Float64Array((to - from) * assetsOf(simulation.generator));
  pathSource(simulation).fill(pathNumbers(from, to - from), returns);
  return returns;
}

/**
 * VaR and ES of a simulation with ES contributions by instrument.
 *
 * @param losses what `simulatedLosses` gave for all paths, when the ranges were made elsewhere; made here when absent. The
 *   tail's returns are made again from their path numbers, so that they need not be kept
 * @param rule quantile rule of VaR
 * @throws RiskMathError as `simulatedLosses`; `invalidInput` on losses of other paths
 */
export function monteCarloRisk(
  simulation: Simulation,
  confidence: number,
  losses: Float64Array = simulatedLosses(simulation),
  rule: QuantileRule = 'type7',
): MonteCarloRisk {
  checkSimulation(simulation);
  requireConfidence(confidence);
  requireLength(losses, simulation.paths, 'losses');
  requireFinite(losses, 'losses');
  const { seed, paths, horizonDays } = simulation;
  // One selection serves every figure of the tail.
  const interval = intervalRanks(paths, confidence);
  const boundary = boundaryRank(paths, confidence);
  const descending = losses.slice();
  largestFirst(descending, Math.max(tailDepth(paths, confidence, rule), interval[0], boundary));
  const figures = tailFiguresOf(descending, confidence, rule);
  let total = 0;
  for (let path = 0; path < paths; path++) total += losses[path]!;
  return {
    seed,
    paths,
    horizonDays,
    confidence,
    ...figures,
    varInterval: [descending[interval[0] - 1]!, descending[interval[1] - 1]!],
    esStandardError: shortfallError(losses, confidence, figures.var, figures.es),
    esContributions: tailContributions(
      simulation,
      weightsBeyond(losses, confidence, descending[boundary - 1]!),
      figures.es,
    ).contributions,
    meanLoss: total / paths,
    worstLoss: descending[0]!,
  };
}

/**
 * Euler contributions to VaR of a simulation by instrument: the mean loss of each over the paths around the quantile, by the kernel of
 * `historicalVarContributions` and with its bandwidth, rescaled to the exact sum. Apart from `monteCarloRisk`, because the kernel
 * asks for the returns of many more paths than the tail.
 *
 * @param losses as of `monteCarloRisk`
 * @throws RiskMathError as `monteCarloRisk`
 */
export function monteCarloVarContributions(
  simulation: Simulation,
  confidence: number,
  losses: Float64Array = simulatedLosses(simulation),
  rule: QuantileRule = 'type7',
): HistoricalVarContributions {
  checkSimulation(simulation);
  requireConfidence(confidence);
  requireLength(losses, simulation.paths, 'losses');
  requireFinite(losses, 'losses');
  const total = tailFigures(losses, confidence, rule).var;
  const { scenarioWeights, bandwidth } = quantileKernel(losses, total, { confidence, quantileRule: rule });
  return { total, ...tailContributions(simulation, scenarioWeights, total), bandwidth };
}

/** The ranges of `parts` nearly equal parts of the paths. */
export function pathRanges(paths: number, parts: number): PathRange[] {
  requireInteger(paths, 1, 'paths');
  requireInteger(parts, 1, 'parts');
  const count = Math.min(parts, paths);
  return Array.from({ length: count }, (_, part) => ({
    from: Math.floor((paths * part) / count),
    to: Math.floor((paths * (part + 1)) / count),
  }));
}

function checkedRange({ paths }: Simulation, range: PathRange | undefined): PathRange {
  if (range === undefined) return { from: 0, to: paths };
  requireInteger(range.from, 0, 'range.from');
  requireInteger(range.to, range.from, 'range.to');
  if (range.to > paths) {
    throw new RiskMathError('invalidInput', `range.to is ${range.to} of ${paths} paths`, { field: 'range.to' });
  }
  return range;
}

function tailContributions(
  simulation: Simulation,
  tail: ScenarioWeights,
  total: number,
): { readonly contributions: Float64Array; readonly marginals: Float64Array } {
  const { weights } = simulation;
  const source = pathSource(simulation);
  const { assets } = source;
  const block = blockOf(assets);
  const returns = new Float64Array(block * assets);
  const contributions = new Float64Array(assets);
  const marginals = new Float64Array(assets);
  for (let start = 0; start < tail.scenarios.length; start += block) {
    const paths = Uint32Array.from(tail.scenarios.subarray(start, start + block));
    source.fill(paths, returns);
    for (let path = 0, at = 0; path < paths.length; path++) {
      const weight = tail.weights[start + path]!;
      for (let i = 0; i < assets; i++, at++) {
        contributions[i]! -= weight * weights[i]! * returns[at]!;
        marginals[i]! -= weight * returns[at]!;
      }
    }
  }
  requireSum(contributions, total);
  return { contributions, marginals };
}

function requireSum(contributions: Float64Array, total: number): void {
  let sum = 0;
  let size = Math.abs(total);
  for (const contribution of contributions) {
    sum += contribution;
    size += Math.abs(contribution);
  }
  if (Math.abs(sum - total) > 1e-9 * size) {
    throw new RiskMathError('invalidInput', 'the losses are not those of this simulation', {
      field: 'losses',
      residual: sum - total,
    });
  }
}

/**
 * Ranks, from 1 for the largest loss, of the order statistics that bracket the quantile with 95 % (normal approximation of the
 * binomial): the lower one's first.
 */
function intervalRanks(count: number, confidence: number): readonly [number, number] {
  const half = 1.959963984540054 * Math.sqrt(count * confidence * (1 - confidence));
  const lower = Math.max(0, Math.floor(count * confidence - half) - 1);
  const upper = Math.min(count - 1, Math.ceil(count * confidence + half));
  return [count - lower, count - upper];
}

/**
 * √((variance of the tail + c (ES − VaR)²) / ((1 − c) N)).
 *
 * Source: Manistre and Hancock, "Variance of the CTE estimator", North American Actuarial Journal 9 (2005).
 */
function shortfallError(losses: Float64Array, confidence: number, valueAtRisk: number, es: number): number {
  let squares = 0;
  let count = 0;
  for (const loss of losses) {
    if (loss < valueAtRisk) continue;
    squares += (loss - es) ** 2;
    count++;
  }
  const variance = count > 1 ? squares / (count - 1) : 0;
  return Math.sqrt((variance + confidence * (es - valueAtRisk) ** 2) / ((1 - confidence) * losses.length));
}
