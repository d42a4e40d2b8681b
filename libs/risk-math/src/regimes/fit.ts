import { requireFinite, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Minimum, minimise } from '../minimisation/minimise.js';
import { informationErrors } from '../minimisation/standard-errors.js';
import { meanOf, requireVariation, scaledReturns } from '../returns/scaling.js';
import { stationaryDistribution } from './chain.js';
import { expectationMaximisation } from './expectation-maximisation.js';
import { filterScaled } from './filter.js';
import { byVariance, type Climb, onHillsOfTheirOwn } from './hills.js';
import { Layout } from './layout.js';
import { RegimeLikelihood } from './likelihood.js';
import { splitRegimes } from './splits.js';
import { requireRegimeParameters } from './parameters.js';
import { drawnRegimes, startingRegimes } from './starts.js';
import type { RegimeFit, RegimeParameters, RegimeSpecification } from './types.js';

/** Days by state below which nothing is said of the states. */
export const OBSERVATIONS_PER_STATE = 50;
/** A state's variance is at least this share of the whole: a state of nearly identical returns, such as days without a trade, has a likelihood without bound. */
export const LEAST_VARIANCE = 1e-2;
/** Rounds of expectation and maximisation that sift the starts, and those that the best goes on. */
const SIFTING = 12;
const CLIMBING = 40;
/** How many of the starts go on, and from how many Newton's steps start, by number of states: three states have more hills. */
const KEPT = { 2: { climbers: 1, finalists: 1 }, 3: { climbers: 12, finalists: 5 } } as const;

export interface RegimeOptions {
  /** Yesterday's parameters: the only start when they do better than the others after their first rounds. */
  readonly warmStart?: RegimeParameters;
}

/**
 * Maximum likelihood fit of regimes with normal returns: a Markov-switching model (`stationary`) or a hidden Markov
 * model (`free`), two or three states in ascending order of variance.
 *
 * Expectation–maximisation from several starts, for three states some of them drawn from a fixed seed and some made by splitting
 * a state of two, then Newton steps on the likelihood from the best, each on a hill of its own, in units of the series' own size. The likelihood of three states has many hills: a longer search may
 * find a higher one. A state's variance is at least a hundredth of the whole, below which libraries without a bound follow days of nearly the same return.
 *
 * Sources: Hamilton, Econometrica 57 (1989); Rabiner, Proceedings of the IEEE 77 (1989).
 *
 * @param returns daily, fractions, oldest first
 * @throws RiskMathError `tooFewObservations` below 50 days a state; `invalidInput` on another number of states,
 *   a number that is not finite, or a warm start that is no model of so many states;
 *   `outOfDomain` when the returns do not vary in size; `notConverged` when no start has a likelihood
 */
export function fitRegimes(
  returns: Float64Array,
  specification: RegimeSpecification,
  options: RegimeOptions = {},
): RegimeFit {
  const complete = { start: 'stationary', mean: 'switching', ...specification } as const;
  if (!Object.hasOwn(KEPT, complete.states)) {
    throw new RiskMathError('invalidInput', `states is ${String(complete.states)}; it must be 2 or 3`, {
      field: 'states',
    });
  }
  if (options.warmStart !== undefined) {
    requireRegimeParameters(options.warmStart);
    requireLength(options.warmStart.means, complete.states, 'warmStart');
  }
  requireObservations(returns.length, OBSERVATIONS_PER_STATE * complete.states, 'a model of regimes');
  requireFinite(returns, 'returns');
  const { scaled, scale } = scaledReturns(returns);
  const mean = complete.mean === 'zero' ? 0 : meanOf(scaled);
  const residuals = scaled.map((value) => value - mean);
  const variance = meanOf(residuals.map((value) => value * value));
  requireVariation(residuals, variance);
  const least = LEAST_VARIANCE * variance;
  const best = climbed(scaled, complete, variance, mean, options.warmStart && inUnits(options.warmStart, scale));
  const layout = new Layout(complete);
  const constraints = layout.constraints(least);
  const minimum = minimise(
    new RegimeLikelihood(scaled, layout),
    best.map((start) => layout.write(start)),
    constraints,
  );
  const parameters = layout.read(minimum.at);
  if (parameters === null || !Number.isFinite(minimum.value)) {
    throw new RiskMathError('notConverged', 'no start has a likelihood', { iterations: minimum.iterations });
  }
  return described(scaled, scale, layout, least, minimum, parameters);
}

function climbed(
  scaled: Float64Array,
  specification: Required<RegimeSpecification>,
  variance: number,
  mean: number,
  warm: RegimeParameters | undefined,
): RegimeParameters[] {
  const least = LEAST_VARIANCE * variance;
  const run = (start: RegimeParameters, rounds: number): Climb =>
    expectationMaximisation(scaled, specification, start, least, rounds, 1e-6);
  const starts = [
    ...startingRegimes(scaled, specification, mean),
    ...drawnRegimes(specification, mean, variance),
    ...(specification.states === 3 ? splitRegimes(twoOf(scaled, specification, mean, variance), specification) : []),
  ];
  const sifted = starts.map((start) => run(start, SIFTING)).sort((a, b) => b.value - a.value);
  const warmed = warm && run(warm, 2);
  if (warmed && warmed.value >= sifted[0]!.value) return [warmed.parameters];
  const { climbers, finalists } = KEPT[specification.states];
  const reached = onHillsOfTheirOwn(sifted, climbers)
    .map(({ parameters }) => run(parameters, CLIMBING))
    .sort((a, b) => b.value - a.value);
  return onHillsOfTheirOwn(reached, finalists).map(({ parameters }) => parameters);
}

/** A model of two states, to be split into three. */
function twoOf(
  scaled: Float64Array,
  specification: Required<RegimeSpecification>,
  mean: number,
  variance: number,
): RegimeParameters {
  const [best] = climbed(scaled, { ...specification, states: 2 }, variance, mean, undefined);
  return best!;
}

function inUnits({ means, variances, ...chain }: RegimeParameters, scale: number): RegimeParameters {
  return {
    ...chain,
    means: means.map((value) => value * scale),
    variances: variances.map((value) => value * scale * scale),
  };
}

function described(
  scaled: Float64Array,
  scale: number,
  layout: Layout,
  least: number,
  minimum: Minimum,
  found: RegimeParameters,
): RegimeFit {
  const { states, specification } = layout;
  const order = byVariance(found);
  const sorted = permuted(found, order);
  const constraints = layout.constraints(least);
  const errors = informationErrors(minimum.hessian, constraints, minimum.active, layout.size);
  const errorAt = (place: number, factor: number): number | null => {
    const error = errors[place] ?? null;
    return error === null ? null : error * factor;
  };
  const { transition } = sorted;
  return {
    ...filterScaled(scaled, scale, sorted),
    specification,
    parameters: inUnits(sorted, 1 / scale),
    standardErrors: {
      means: order.map((k) => (specification.mean === 'switching' ? errorAt(k, 1 / scale) : null)),
      variances: order.map((k) => errorAt(layout.variancesAt + k, 1 / scale / scale)),
      transition: order.flatMap((i) => order.map((j) => (i === j ? null : errorAt(layout.moveAt(i, j), 1)))),
    },
    stationary: stationaryDistribution(transition, states),
    expectedDurations: order.map((_, k) => {
      const leaves = 1 - transition[k * states + k]!;
      return leaves > 1e-12 ? 1 / leaves : null;
    }),
    observations: scaled.length,
    status: minimum.converged ? 'converged' : 'notConverged',
    residual: Number.isFinite(minimum.residual) ? minimum.residual : Number.MAX_VALUE,
    iterations: minimum.iterations,
    atBound: minimum.active.map((k) => renamed(constraints.names[k]!, order)),
  };
}

/** Names of bounds count states as they are ordered in the answer. */
function renamed(name: string, order: readonly number[]): string {
  return name.replace(/[123](?=→| ≥ )/g, (state) => String(order.indexOf(Number(state) - 1) + 1));
}

function permuted(
  { means, variances, transition, initial }: RegimeParameters,
  order: readonly number[],
): RegimeParameters {
  const states = order.length;
  return {
    means: Float64Array.from(order, (k) => means[k]!),
    variances: Float64Array.from(order, (k) => variances[k]!),
    transition: Float64Array.from({ length: states * states }, (_, at) => {
      const [i, j] = [Math.floor(at / states), at % states];
      return transition[order[i]! * states + order[j]!]!;
    }),
    initial: Float64Array.from(order, (k) => initial[k]!),
  };
}
