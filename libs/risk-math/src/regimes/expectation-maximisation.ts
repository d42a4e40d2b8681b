import { stationaryDistribution } from './chain.js';
import { backward, createPasses, forward } from './forward-backward.js';
import type { RegimeParameters, RegimeSpecification } from './types.js';

/**
 * Rounds of expectation and maximisation from a start, until one gains less than `tolerance`; for a stationary start the
 * first day's part of the likelihood is left out of the maximisation.
 *
 * Source: Baum, Petrie, Soules and Weiss, Annals of Mathematical Statistics 41 (1970).
 */
export function expectationMaximisation(
  returns: Float64Array,
  specification: Required<RegimeSpecification>,
  start: RegimeParameters,
  leastVariance: number,
  rounds: number,
  tolerance: number,
): { parameters: RegimeParameters; value: number } {
  const passes = createPasses(returns.length, specification.states);
  let parameters = start;
  let value = -Infinity;
  let best = { parameters, value };
  for (let round = 0; round < rounds; round++) {
    const reached = forward(returns, parameters, passes);
    if (!(reached > -Infinity)) break;
    if (reached > best.value) best = { parameters, value: reached };
    if (reached - value < tolerance) break;
    value = reached;
    const moves = backward(returns.length, parameters, passes);
    parameters = maximised(returns, specification, parameters, passes.smoothed, moves, leastVariance);
  }
  return best;
}

function maximised(
  returns: Float64Array,
  { states, mean, start }: Required<RegimeSpecification>,
  before: RegimeParameters,
  smoothed: Float64Array,
  moves: Float64Array,
  leastVariance: number,
): RegimeParameters {
  const means = new Float64Array(states);
  const variances = new Float64Array(states);
  const transition = new Float64Array(states * states);
  for (let k = 0; k < states; k++) {
    let days = 0;
    let sum = 0;
    for (let t = 0; t < returns.length; t++) {
      days += smoothed[t * states + k]!;
      sum += smoothed[t * states + k]! * returns[t]!;
    }
    means[k] = mean === 'zero' ? 0 : days > 0 ? sum / days : before.means[k]!;
    let squares = 0;
    for (let t = 0; t < returns.length; t++) squares += smoothed[t * states + k]! * (returns[t]! - means[k]!) ** 2;
    variances[k] = Math.max(leastVariance, days > 0 ? squares / days : before.variances[k]!);
    let leaving = 0;
    for (let j = 0; j < states; j++) leaving += before.transition[k * states + j]! * moves[k * states + j]!;
    for (let j = 0; j < states; j++) {
      const at = k * states + j;
      transition[at] = leaving > 0 ? (before.transition[at]! * moves[at]!) / leaving : before.transition[at]!;
    }
  }
  const initial =
    start === 'free' ? smoothed.slice(0, states) : (stationaryDistribution(transition, states) ?? before.initial);
  return { means, variances, transition, initial };
}
