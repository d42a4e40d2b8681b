import type { SmoothObjective } from '../../minimisation/minimise.js';
import { type DensityPath, type InnovationDensity, createDensityPath } from './density.js';
import { innovationDensities } from './innovations.js';
import { normalScores } from './normal-scores.js';
import {
  type VarianceDerivatives,
  type VariancePath,
  type VarianceRecursion,
  createVariancePath,
  egarchDerivatives,
  egarchVariances,
  gjrDerivatives,
  gjrVariances,
} from './recursions.js';
import { ALPHA, BETA, GAMMA, type GarchSpecification, MEAN, OMEGA, PARAMETERS, SHAPE, SKEW } from './types.js';

/** The places of the full parameter vector that a specification estimates, in order. */
export function freeParameters(specification: Required<GarchSpecification>): readonly number[] {
  return [
    ...(specification.mean === 'constant' ? [MEAN] : []),
    OMEGA,
    ALPHA,
    ...(specification.model === 'garch' ? [] : [GAMMA]),
    BETA,
    ...(specification.innovations === 'normal' ? [] : [SHAPE]),
    ...(specification.innovations === 'skewedT' ? [SKEW] : []),
  ];
}

/** The negative log-likelihood of a series over the free parameters, with analytic scores. */
export class GarchLikelihood implements SmoothObjective {
  readonly size: number;
  readonly free: readonly number[];
  private readonly variances: VarianceRecursion;
  private readonly derivatives: VarianceDerivatives;
  private readonly density: InnovationDensity;
  /** GARCH or GJR with normal innovations. */
  private readonly plain: boolean;
  private readonly slopes = new Float64Array(PARAMETERS);
  private readonly parameters = new Float64Array(PARAMETERS);
  private readonly residuals: Float64Array;
  /** The last variances by day. */
  private readonly daily: Float64Array;
  /** Made when derivatives are first asked for: a filter needs none. */
  private slopesByDay: DailySlopes | undefined;

  /** @param returns scaled so that they are near 1 in size */
  constructor(
    private readonly returns: Float64Array,
    private readonly startVariance: number,
    specification: Required<GarchSpecification>,
  ) {
    const exponential = specification.model === 'egarch';
    this.variances = exponential ? egarchVariances : gjrVariances;
    this.derivatives = exponential ? egarchDerivatives : gjrDerivatives;
    this.density = innovationDensities[specification.innovations];
    this.plain = !exponential && specification.innovations === 'normal';
    this.free = freeParameters(specification);
    this.size = this.free.length;
    this.residuals = Float64Array.from(returns);
    this.daily = new Float64Array(returns.length);
  }

  value(at: Float64Array): number {
    this.place(at);
    return this.run(this.daily).value;
  }

  gradient(at: Float64Array, out: Float64Array): number {
    if (this.plain) {
      this.place(at);
      const logLikelihood = normalScores(this.parameters, this.residuals, this.startVariance, this.slopes);
      for (let j = 0; j < this.size; j++) out[j] = -this.slopes[this.free[j]!]!;
      return outside(-logLikelihood);
    }
    const value = this.scores(at);
    const { columns, density } = this.room();
    const { byVariance, byResidual } = density;
    this.free.forEach((place, j) => {
      const column = columns[place]!;
      let total = 0;
      if (place >= SHAPE) for (let t = 0; t < column.length; t++) total += column[t]!;
      else for (let t = 0; t < column.length; t++) total += byVariance[t]! * column[t]!;
      if (place === MEAN) for (let t = 0; t < column.length; t++) total -= byResidual[t]!;
      out[j] = -total;
    });
    return value;
  }

  /** Σ of the outer products of the daily scores. */
  curvature(at: Float64Array): Float64Array {
    const rows = this.scoreColumns(at);
    const size = this.size;
    const result = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let total = 0;
        const left = rows[i]!;
        const right = rows[j]!;
        for (let t = 0; t < left.length; t++) total += left[t]! * right[t]!;
        result[i * size + j] = total;
        result[j * size + i] = total;
      }
    }
    return result;
  }

  /** Variances, residuals and the next day's variance at the parameters, copied out, and the negative log-likelihood there. */
  filter(at: Float64Array): {
    variances: Float64Array;
    residuals: Float64Array;
    nextVariance: number;
    value: number;
  } {
    this.place(at);
    const variances = new Float64Array(this.returns.length);
    return { variances, residuals: Float64Array.from(this.residuals), ...this.run(variances) };
  }

  /** The full vector; 0 where a parameter is not estimated. */
  full(at: Float64Array): Float64Array {
    this.place(at);
    return Float64Array.from(this.parameters);
  }

  private scoreColumns(at: Float64Array): Float64Array[] {
    this.scores(at);
    const { columns, density } = this.room();
    const { byVariance, byResidual } = density;
    return this.free.map((place) => {
      const column = columns[place]!;
      if (place >= SHAPE) return column;
      return column.map((value, t) => value * byVariance[t]! - (place === MEAN ? byResidual[t]! : 0));
    });
  }

  private scores(at: Float64Array): number {
    this.place(at);
    const { path, density } = this.room();
    this.derivatives(this.parameters, this.residuals, this.startVariance, path);
    return outside(-this.density.scores(this.parameters, this.residuals, path.variances, density));
  }

  /** Fills the variances at the parameters placed. */
  private run(variances: Float64Array): { nextVariance: number; value: number } {
    const nextVariance = this.variances(this.parameters, this.residuals, this.startVariance, variances);
    return {
      nextVariance,
      value: outside(-this.density.logLikelihood(this.parameters, this.residuals, variances)),
    };
  }

  private room(): DailySlopes {
    this.slopesByDay ??= slopesOf(this.returns.length);
    return this.slopesByDay;
  }

  private place(at: Float64Array): void {
    const before = this.parameters[MEAN]!;
    for (let j = 0; j < this.size; j++) this.parameters[this.free[j]!] = at[j]!;
    const mean = this.parameters[MEAN]!;
    if (mean === before) return;
    for (let t = 0; t < this.residuals.length; t++) this.residuals[t] = this.returns[t]! - mean;
  }
}

interface DailySlopes {
  readonly path: VariancePath;
  readonly density: DensityPath;
  /** ∂σ²/∂θ or ∂ ln density/∂θ by place; the mean moves the residual as well. */
  readonly columns: readonly Float64Array[];
}

function slopesOf(observations: number): DailySlopes {
  const path = createVariancePath(observations);
  const density = createDensityPath(observations);
  const { byMean, byOmega, byAlpha, byGamma, byBeta } = path;
  return { path, density, columns: [byMean, byOmega, byAlpha, byGamma, byBeta, ...density.byShape] };
}

function outside(value: number): number {
  return Number.isFinite(value) ? value : Infinity;
}

/** How far up the persistence of a fit may go. */
export const LARGEST_PERSISTENCE = 1 - 1e-9;

/** Degrees of freedom that a fit may take. */
export const DEGREES_OF_FREEDOM = { lowest: 2.05, highest: 500 } as const;

/** The names of the parameters by place. */
export const PARAMETER_NAMES = ['mean', 'omega', 'alpha', 'gamma', 'beta', 'degreesOfFreedom', 'skew'] as const;
