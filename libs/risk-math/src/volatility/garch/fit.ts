import { requireFinite, requireObservations } from '../../foundation/guards.js';
import { RiskMathError } from '../../foundation/risk-math-error.js';
import { type Minimum, minimise } from '../../minimisation/minimise.js';
import { startVariance } from '../start-variance.js';
import type { NamedLinearConstraints } from '../../minimisation/quadratic-step.js';
import { constraintsOf } from './constraints.js';
import { GarchLikelihood, LARGEST_PERSISTENCE, PARAMETER_NAMES } from './likelihood.js';
import { meanOf, requireVariation, scaledReturns } from '../../returns/scaling.js';
import { toScaled } from './scaling.js';
import { fallShareOfVariance } from './skewed-t.js';
import { robustCovariance } from '../../minimisation/standard-errors.js';
import { startingPoints } from './starts.js';
import {
  ALPHA,
  BETA,
  GAMMA,
  type GarchFit,
  type GarchOptions,
  type GarchSpecification,
  type GarchStandardErrors,
  MEAN,
  OMEGA,
  SHAPE,
  SKEW,
} from './types.js';

/** Fewer days than this say nothing about the persistence of a variance. */
export const LEAST_OBSERVATIONS = 100;

/**
 * Maximum likelihood fit of GARCH(1,1), GJR-GARCH(1,1,1) or EGARCH(1,1,1), with analytic scores.
 *
 * The search works on returns scaled by a power of two to a size near 1, so that it is indifferent to the units of the
 * input; parameters are reported for returns in percent, variances as fractions² per day. The variance before the first
 * day is the exponentially weighted (0.94) mean of the first 75 squared residuals; with a constant mean, residuals from
 * the sample mean. Persistence is kept below 1.
 *
 * Sources: Bollerslev, Journal of Econometrics 31 (1986); Glosten, Jagannathan and Runkle, Journal of Finance 48 (1993);
 * Nelson, Econometrica 59 (1991).
 *
 * @param returns daily, fractions, oldest first
 * @throws RiskMathError `tooFewObservations` below 100 days; `invalidInput` on a number that is not finite;
 *   `outOfDomain` when the returns do not vary in size; `notConverged` when the likelihood is finite at no start,
 *   or the search ends where the next variance is beyond all numbers
 */
export function fitGarch(
  returns: Float64Array,
  specification: GarchSpecification,
  options: GarchOptions = {},
): GarchFit {
  requireObservations(returns.length, LEAST_OBSERVATIONS, 'a GARCH model');
  requireFinite(returns, 'returns');
  const complete = { mean: 'zero', ...specification } as const;
  const { scaled, scale } = scaledReturns(returns);
  const mean = complete.mean === 'constant' ? meanOf(scaled) : 0;
  const residuals = scaled.map((value) => value - mean);
  const meanSquare = meanOf(residuals.map((value) => value * value));
  requireVariation(residuals, meanSquare);
  const likelihood = new GarchLikelihood(scaled, startVariance(residuals), complete);
  const starts = startingPoints(likelihood, complete, mean, meanSquare);
  const search = (fallShares: readonly number[]): Search => {
    const constraints = constraintsOf(complete, likelihood.free, meanSquare, fallShares);
    const warm = options.warmStart && startOf(likelihood, toScaled(options.warmStart, complete, scale));
    const usable = starts.filter((start) => isFeasible(start, constraints));
    const isBest = warm && isFeasible(warm, constraints) && likelihood.value(warm) < likelihood.value(usable[0]!);
    const minimum = minimise(likelihood, isBest ? [warm] : usable, constraints, {
      iterations: options.iterations ?? 200,
    });
    return { minimum, constraints };
  };
  const { minimum, constraints } = stationary(search, complete, likelihood);
  if (!Number.isFinite(minimum.value)) {
    throw new RiskMathError('notConverged', 'the likelihood is not finite at any start', { iterations: 0 });
  }
  return describe(complete, likelihood, constraints, minimum, scale);
}

interface Search {
  readonly minimum: Minimum;
  readonly constraints: NamedLinearConstraints;
}

/** Searches with bounds at shares seen before the last resort. */
const FALL_SHARE_ROUNDS = 4;

/**
 * Under a skewed distribution falls bring another share κ of the variance than half, which depends on the parameters:
 * where the persistence with it reaches 1, the search is made again with a further bound that counts γ by a share a
 * little beyond that κ; at last with bounds at 0 and 1, which hold for any.
 */
function stationary(
  search: (fallShares: readonly number[]) => Search,
  specification: Required<GarchSpecification>,
  likelihood: GarchLikelihood,
): Search {
  const shares = [0.5];
  for (let round = 0; ; round++) {
    const found = search(shares);
    if (specification.innovations !== 'skewedT' || specification.model === 'egarch') return found;
    const full = likelihood.full(found.minimum.at);
    if (persistenceOf(specification, full) < 1 || round > FALL_SHARE_ROUNDS) return found;
    const share = fallShareOfVariance(full[SHAPE]!, full[SKEW]!);
    const beyond = share + (full[GAMMA]! > 0 ? 1e-3 : -1e-3);
    shares.push(...(round < FALL_SHARE_ROUNDS ? [Math.min(1, Math.max(0, beyond))] : [0, 1]));
  }
}

/** The free parameters of a full vector. */
function startOf(likelihood: GarchLikelihood, full: Float64Array): Float64Array {
  return Float64Array.from(likelihood.free, (place) => full[place]!);
}

function isFeasible(start: Float64Array, constraints: NamedLinearConstraints): boolean {
  return constraints.bounds.every((bound, k) => {
    let value = 0;
    for (let j = 0; j < start.length; j++) value += constraints.rows[k * start.length + j]! * start[j]!;
    return value >= bound;
  });
}

function describe(
  specification: Required<GarchSpecification>,
  likelihood: GarchLikelihood,
  constraints: NamedLinearConstraints,
  minimum: Minimum,
  scale: number,
): GarchFit {
  const full = likelihood.full(minimum.at);
  const { variances, residuals, nextVariance } = likelihood.filter(minimum.at);
  requireRepresentable(nextVariance / scale / scale, minimum.iterations);
  const exponential = specification.model === 'egarch';
  const persistence = persistenceOf(specification, full);
  const longRun = longRunVarianceOf(specification, full, persistence);
  const size = likelihood.size;
  const covariance = robustCovariance(
    minimum.hessian,
    likelihood.curvature(minimum.at),
    constraints,
    minimum.active,
    size,
  );
  const unit = 100 / scale;
  const omega = exponential ? full[OMEGA]! + 2 * (1 - full[BETA]!) * Math.log(unit) : full[OMEGA]! * unit * unit;
  const { innovations } = specification;
  return {
    specification,
    parameters: {
      mean: full[MEAN]! * unit,
      omega,
      alpha: full[ALPHA]!,
      gamma: full[GAMMA]!,
      beta: full[BETA]!,
      degreesOfFreedom: innovations === 'normal' ? null : full[SHAPE]!,
      skew: innovations === 'skewedT' ? full[SKEW]! : null,
    },
    standardErrors: standardErrors(likelihood.free, covariance, unit, exponential),
    logLikelihood: -minimum.value - variances.length * Math.log(unit),
    observations: variances.length,
    variances: variances.map((value) => value / scale / scale),
    standardisedResiduals: residuals.map((value, t) => value / Math.sqrt(variances[t]!)),
    nextVariance: nextVariance / scale / scale,
    persistence,
    longRunVariance: longRun === null ? null : representable(longRun / scale / scale),
    status: minimum.converged ? 'converged' : 'notConverged',
    residual: Number.isFinite(minimum.residual) ? minimum.residual : Number.MAX_VALUE,
    iterations: minimum.iterations,
    atBound: minimum.active.map((k) => constraints.names[k]!),
  };
}

/**
 * The logarithm of an EGARCH's variance has no bound, and one extreme day can take the next variance out of all numbers.
 *
 * @throws RiskMathError `notConverged`
 */
function requireRepresentable(nextVariance: number, iterations: number): void {
  if (Number.isFinite(nextVariance) && nextVariance > 0) return;
  throw new RiskMathError('notConverged', `the search ended where the next variance is ${nextVariance}`, {
    iterations,
  });
}

/** Null in the place of a figure beyond all numbers. */
function representable(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function persistenceOf({ model, innovations }: Required<GarchSpecification>, full: Float64Array): number {
  if (model === 'egarch') return full[BETA]!;
  const falls = innovations === 'skewedT' ? fallShareOfVariance(full[SHAPE]!, full[SKEW]!) : 0.5;
  return full[ALPHA]! + falls * full[GAMMA]! + full[BETA]!;
}

/** ω / (1 − persistence); of an EGARCH the level exp(ω / (1 − β)) that the logarithm returns to. */
function longRunVarianceOf(
  { model }: Required<GarchSpecification>,
  full: Float64Array,
  persistence: number,
): number | null {
  if (persistence >= LARGEST_PERSISTENCE - 1e-10) return null;
  return model === 'egarch' ? Math.exp(full[OMEGA]! / (1 - persistence)) : full[OMEGA]! / (1 - persistence);
}

function standardErrors(
  free: readonly number[],
  covariance: Float64Array | null,
  unit: number,
  exponential: boolean,
): GarchStandardErrors {
  const result: Record<(typeof PARAMETER_NAMES)[number], number | null> = {
    mean: null,
    omega: null,
    alpha: null,
    gamma: null,
    beta: null,
    degreesOfFreedom: null,
    skew: null,
  };
  if (covariance === null) return result;
  const size = free.length;
  const [omega, beta] = [free.indexOf(OMEGA), free.indexOf(BETA)];
  free.forEach((place, j) => {
    let variance = covariance[j * size + j]!;
    if (place === MEAN) variance *= unit ** 2;
    if (place === OMEGA && !exponential) variance *= unit ** 4;
    if (place === OMEGA && exponential) {
      // In percent ω gains 2 (1 − β) ln(unit).
      const slope = -2 * Math.log(unit);
      variance += 2 * slope * covariance[omega * size + beta]! + slope ** 2 * covariance[beta * size + beta]!;
    }
    result[PARAMETER_NAMES[place]!] = variance > 0 ? representable(Math.sqrt(variance)) : null;
  });
  return result;
}
