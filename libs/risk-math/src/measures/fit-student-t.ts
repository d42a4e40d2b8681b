import { requireFinite, requireObservations } from '../foundation/guards.js';
import { type SmoothObjective, minimise } from '../minimisation/minimise.js';
import type { LinearConstraints } from '../minimisation/quadratic-step.js';
import { meanOf, requireVariation, scaledReturns } from '../returns/scaling.js';
import { type DensityPath, createDensityPath } from '../volatility/garch/density.js';
import { innovationDensities } from '../volatility/garch/innovations.js';
import { PARAMETERS, SHAPE } from '../volatility/garch/types.js';

/** A Student t distribution fitted to one series. */
export interface StudentTFit {
  /** In the unit of the values. */
  readonly mean: number;
  /** Standard deviation of the fitted distribution, in the unit of the values. */
  readonly deviation: number;
  /** ν, from 2.05 to 500; at 500 the values are as good as normal. */
  readonly degreesOfFreedom: number;
  /** Whether ν stands at an end of its range, so that it is a bound and no estimate. */
  readonly atBound: boolean;
  readonly logLikelihood: number;
  readonly observations: number;
  readonly converged: boolean;
}

/** Fewer values say nothing about a tail. */
const FEWEST = 30;
const RANGE = { lowest: 2.05, highest: 500 } as const;
/** Places of the parameters of the search. */
const LOCATION = 0;
const DEVIATION = 1;
const DEGREES = 2;
const SIZE = 3;

/**
 * Mean, standard deviation and degrees of freedom by maximum likelihood, with analytic scores; ν is kept above 2, so that there is
 * a variance, and goes into `studentTFigures`.
 *
 * For one ν the likelihood has one top, which reweighting climbs quickly; the best of some ν is where the search starts.
 *
 * Sources: Lange, Little and Taylor, "Robust statistical modeling using the t distribution", Journal of the American Statistical
 * Association 84 (1989); Kent, Tyler and Vardi, "A curious likelihood identity for the multivariate t-distribution" (1994).
 *
 * @param values returns or losses, oldest first or in any order
 * @throws RiskMathError `tooFewObservations` below 30 values; `invalidInput` on a number that is not finite; `outOfDomain` when
 *   the values do not vary
 */
export function fitStudentT(values: Float64Array): StudentTFit {
  requireObservations(values.length, FEWEST, 'a Student t distribution');
  requireFinite(values, 'values');
  const centre = meanOf(values);
  const { scaled, scale } = scaledReturns(values.map((value) => value - centre));
  const meanSquare = meanOf(scaled.map((value) => value * value));
  requireVariation(scaled, meanSquare);
  const deviation = Math.sqrt(meanSquare);
  const likelihood = new StudentTLikelihood(scaled);
  const minimum = minimise(likelihood, [startOf(likelihood, scaled, deviation)], constraintsOf(deviation));
  const degreesOfFreedom = minimum.at[DEGREES]!;
  return {
    mean: centre + minimum.at[LOCATION]! / scale,
    deviation: minimum.at[DEVIATION]! / scale,
    degreesOfFreedom,
    atBound: degreesOfFreedom <= RANGE.lowest || degreesOfFreedom >= RANGE.highest,
    logLikelihood: -minimum.value + values.length * Math.log(scale),
    observations: values.length,
    converged: minimum.converged,
  };
}

/** Degrees of freedom that the search may start from, and rounds of reweighting for each. */
const GRID = [2.5, 3.2, 4.5, 7, 14, 50];
const ROUNDS = 6;

/** The likeliest of the grid: mean and scale of each ν by reweighted means, from those of the ν before it. */
function startOf(likelihood: StudentTLikelihood, values: Float64Array, deviation: number): Float64Array {
  let best = { at: Float64Array.of(0, deviation, GRID.at(-1)!), value: Infinity };
  let mean = 0;
  let square = deviation * deviation;
  for (const degrees of GRID.toReversed()) {
    for (let round = 0; round < ROUNDS; round++) {
      let weights = 0;
      let moments = 0;
      let squares = 0;
      for (const value of values) {
        const distance = value - mean;
        const weight = 1 / (degrees + (distance * distance) / square);
        weights += weight;
        moments += weight * distance;
        squares += weight * distance * distance;
      }
      mean += moments / weights;
      square = squares / weights;
    }
    const at = Float64Array.of(mean, Math.sqrt((square * degrees) / (degrees - 2)), degrees);
    const value = likelihood.value(at);
    if (value < best.value) best = { at, value };
  }
  return best.at;
}

/** The deviation above nothing, and ν in its range. */
function constraintsOf(deviation: number): LinearConstraints {
  return {
    count: 3,
    rows: Float64Array.of(0, 1, 0, 0, 0, 1, 0, 0, -1),
    bounds: Float64Array.of(1e-6 * deviation, RANGE.lowest, -RANGE.highest),
  };
}

/** The density of GARCH's innovations with one variance for all days. */
class StudentTLikelihood implements SmoothObjective {
  readonly size = SIZE;
  private readonly residuals: Float64Array;
  private readonly variances: Float64Array;
  private readonly path: DensityPath;
  private readonly parameters = new Float64Array(PARAMETERS);

  constructor(private readonly values: Float64Array) {
    this.residuals = new Float64Array(values.length);
    this.variances = new Float64Array(values.length);
    this.path = createDensityPath(values.length);
  }

  value(at: Float64Array): number {
    this.place(at);
    return outside(-innovationDensities.studentT.logLikelihood(this.parameters, this.residuals, this.variances));
  }

  gradient(at: Float64Array, out: Float64Array): number {
    const value = this.scores(at);
    const columns = this.columns(at[DEVIATION]!);
    for (let j = 0; j < SIZE; j++) out[j] = -columns[j]!.reduce((total, score) => total + score, 0);
    return value;
  }

  curvature(at: Float64Array): Float64Array {
    this.scores(at);
    const columns = this.columns(at[DEVIATION]!);
    const result = new Float64Array(SIZE * SIZE);
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) {
        for (let t = 0; t < this.values.length; t++) result[i * SIZE + j]! += columns[i]![t]! * columns[j]![t]!;
      }
    }
    return result;
  }

  private scores(at: Float64Array): number {
    this.place(at);
    return outside(-innovationDensities.studentT.scores(this.parameters, this.residuals, this.variances, this.path));
  }

  /** Scores by location, deviation and ν. */
  private columns(deviation: number): readonly Float64Array[] {
    const { byResidual, byVariance, byShape } = this.path;
    return [byResidual.map((score) => -score), byVariance.map((score) => 2 * deviation * score), byShape[0]];
  }

  private place(at: Float64Array): void {
    this.parameters[SHAPE] = at[DEGREES]!;
    this.variances.fill(at[DEVIATION]! ** 2);
    for (let t = 0; t < this.values.length; t++) this.residuals[t] = this.values[t]! - at[LOCATION]!;
  }
}

function outside(value: number): number {
  return Number.isFinite(value) ? value : Infinity;
}
