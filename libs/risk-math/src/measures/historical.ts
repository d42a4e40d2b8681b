import type { QuantileRule, RiskSpecification } from '../foundation/conventions.js';
import { requireConfidence, requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import { largestFirst, quantilePosition, tailMass } from './order-statistics.js';

/** Value at risk and expected shortfall of one set of losses. */
export interface TailFigures {
  readonly var: number;
  readonly es: number;
}

/**
 * Hypothetical losses of today's weights in every scenario: −Σ wᵢ rᵢ, fraction of NAV.
 *
 * @param weights n signed weights over the scenarios' instruments
 */
export function scenarioLosses(scenarios: ScenarioSet, weights: Float64Array): Float64Array {
  const { assets, observations, values } = scenarios.returns;
  requireLength(weights, assets, 'weights');
  requireFinite(weights, 'weights');
  const held: number[] = [];
  for (let i = 0; i < assets; i++) if (weights[i] !== 0) held.push(i);
  const losses = new Float64Array(observations);
  for (let t = 0; t < observations; t++) {
    let total = 0;
    const row = t * assets;
    for (const i of held) total -= weights[i]! * values[row + i]!;
    losses[t] = total;
  }
  return losses;
}

/**
 * Historical value at risk: the `confidence` quantile of losses. May be negative (a gain); never clamped.
 *
 * Source: Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), for the rules.
 *
 * @param rule type 7 is the rule of this system
 * @throws RiskMathError `tooFewObservations` below two losses
 */
export function historicalVar(losses: Float64Array, confidence: number, rule: QuantileRule = 'type7'): number {
  return tailFigures(losses, confidence, rule).var;
}

/**
 * Historical expected shortfall: mean of the worst (1 − c)·T losses, with a fractional weight on the boundary one.
 *
 * Source: Rockafellar and Uryasev, Journal of Banking & Finance 26 (2002), eq. 25.
 */
export function historicalEs(losses: Float64Array, confidence: number): number {
  return tailFigures(losses, confidence, 'type7').es;
}

/** Both figures in one pass. @throws RiskMathError `tooFewObservations` below two losses */
export function tailFigures(losses: Float64Array, confidence: number, rule: QuantileRule = 'type7'): TailFigures {
  requireConfidence(confidence);
  requireObservations(losses.length, 2, 'a historical measure');
  requireFinite(losses, 'losses');
  return tailFiguresInPlace(losses.slice(), confidence, rule);
}

/** `tailFigures` of checked input; reorders `losses`. */
export function tailFiguresInPlace(losses: Float64Array, confidence: number, rule: QuantileRule): TailFigures {
  largestFirst(losses, tailDepth(losses.length, confidence, rule));
  return tailFiguresOf(losses, confidence, rule);
}

/** How many of the largest losses VaR and ES need in order. */
export function tailDepth(count: number, confidence: number, rule: QuantileRule): number {
  const { lower } = quantilePosition(count, confidence, rule);
  return Math.min(count, Math.max(1, count - lower, Math.ceil(tailMass(count, confidence))));
}

/** `tailFigures` of losses whose `tailDepth` largest stand first, in descending order. */
export function tailFiguresOf(descending: Float64Array, confidence: number, rule: QuantileRule): TailFigures {
  const count = descending.length;
  const { lower, fraction } = quantilePosition(count, confidence, rule);
  const quantile = descending[count - 1 - lower]!;
  const next = fraction > 0 ? descending[count - 2 - lower]! : quantile;
  return {
    var: quantile + fraction * (next - quantile),
    es: shortfall(descending, tailMass(count, confidence)),
  };
}

/** Mean of the worst (1 − c)·T of checked values, with a fractional weight on the boundary one; one value is its own. */
export function shortfallOf(values: Float64Array, confidence: number): number {
  const mass = tailMass(values.length, confidence);
  const sorted = Float64Array.from(values);
  largestFirst(sorted, Math.ceil(mass));
  return shortfall(sorted, mass);
}

/** @param descending the largest losses first, at least ⌈mass⌉ of them */
function shortfall(descending: Float64Array, mass: number): number {
  const whole = Math.floor(mass);
  let total = 0;
  for (let rank = 0; rank < whole; rank++) total += descending[rank]!;
  if (mass > whole) total += (mass - whole) * descending[whole]!;
  return total / mass;
}

/** Scenarios that make up a tail figure and their weights, which sum to 1. */
export interface ScenarioWeights {
  readonly scenarios: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The scenarios behind expected shortfall: weight 1 / ((1 − c)·T) each, less on the boundary one. Equal losses at the
 * boundary share its weight, so that the order of scenarios does not matter.
 */
export function shortfallWeights(losses: Float64Array, confidence: number): ScenarioWeights {
  requireConfidence(confidence);
  requireObservations(losses.length, 2, 'a historical measure');
  const sorted = losses.slice();
  const reach = boundaryRank(losses.length, confidence);
  largestFirst(sorted, reach);
  return weightsBeyond(losses, confidence, sorted[reach - 1]!);
}

/** The rank of the last loss that takes part in expected shortfall, from 1. */
export function boundaryRank(count: number, confidence: number): number {
  return Math.min(count, Math.max(1, Math.ceil(tailMass(count, confidence))));
}

/** `shortfallWeights` of losses whose last one that takes part is known. */
export function weightsBeyond(losses: Float64Array, confidence: number, boundary: number): ScenarioWeights {
  const mass = tailMass(losses.length, confidence);
  const scenarios: number[] = [];
  let beyond = 0;
  let ties = 0;
  for (let t = 0; t < losses.length; t++) {
    if (losses[t]! < boundary) continue;
    scenarios.push(t);
    if (losses[t]! > boundary) beyond++;
    else ties++;
  }
  const boundaryWeight = (mass - beyond) / ties / mass;
  return {
    scenarios: Int32Array.from(scenarios),
    weights: Float64Array.from(scenarios, (t) => (losses[t]! > boundary ? 1 / mass : boundaryWeight)),
  };
}

/** Historical value at risk and expected shortfall of weights over the horizon of the scenarios, fraction of NAV. */
export function historicalFigures(
  scenarios: ScenarioSet,
  weights: Float64Array,
  specification: Pick<RiskSpecification, 'confidence' | 'quantileRule'>,
): TailFigures {
  const losses = scenarioLosses(scenarios, weights);
  const figures = tailFigures(losses, specification.confidence, specification.quantileRule);
  return { var: figures.var * scenarios.multiplier, es: figures.es * scenarios.multiplier };
}
