import { requireFinite, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { deviationContributions } from '../contributions/euler.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { requireFeasible } from './feasibility.js';
import { type AssetGroup, compositionOf, groupIndex, groupShares, inverseVolatilities } from './groups.js';
import { solveInterior } from './interior-point.js';
import { type AllocationProgram, createProgram, expand } from './program.js';
import { type ProgramOutcome, riskShares, toSolution } from './solution.js';
import type { AllocationProblem, GroupedSolution, WithinGroup } from './types.js';

/** Groups that a method weighs as one asset each. */
export interface Grouping {
  readonly groups: readonly AssetGroup[];
  readonly within: WithinGroup;
}

type Problem = AllocationProblem & { readonly grouping?: Grouping | undefined };

const ACCEPTED = 1e-9;

/**
 * The same gross weight for every asset, or for every group. Constraints in the way move it to the nearest weights that
 * obey them, in least squares, and the status is `constrained`.
 *
 * Source: DeMiguel, Garlappi and Uppal, "Optimal versus naive diversification", Review of Financial Studies 22 (2009).
 *
 * @throws RiskMathError `infeasible` naming the constraints that clash; `outOfDomain` for a volatility target that
 *   constraints are in the way of; `invalidInput`
 */
export function equalWeight(problem: Problem): GroupedSolution {
  return toTarget(problem, (program) => new Float64Array(program.size).fill(1));
}

/**
 * Weights in proportion to 1/σ of every asset, or of every group's composite. Constraints as for `equalWeight`.
 *
 * Source: Maillard, Roncalli and Teïletche, "The properties of equally weighted risk contribution portfolios", Journal of Portfolio
 * Management 36 (2010): equal contributions where all correlations are the same.
 *
 * @throws RiskMathError as `equalWeight`, and `outOfDomain` on an asset without variance
 */
export function inverseVolatility(problem: Problem): GroupedSolution {
  return byVariance(problem, (variance) => 1 / Math.sqrt(variance));
}

/**
 * Weights in proportion to 1/σ² of every asset, or of every group's composite: minimum variance where nothing is correlated. Constraints as
 * for `equalWeight`.
 *
 * Source: Markowitz, "Portfolio selection", Journal of Finance 7 (1952): Σ⁻¹1 of a diagonal Σ.
 *
 * @throws RiskMathError as `inverseVolatility`
 */
export function inverseVariance(problem: Problem): GroupedSolution {
  return byVariance(problem, (variance) => 1 / variance);
}

/** @param of the weight before scaling, from a variance a day */
function byVariance(problem: Problem, of: (variance: number) => number): GroupedSolution {
  if (problem.grouping === undefined) inverseVolatilities(problem);
  return toTarget(problem, (program) =>
    Float64Array.from({ length: program.size }, (_, variable) => {
      const variance = program.quadratic[variable * program.size + variable]!;
      if (variance > 0) return of(variance);
      throw new RiskMathError('outOfDomain', 'a group has no variance, so that its inverse does not exist');
    }),
  );
}

/**
 * Given weights, scaled to `scale` when there is one and left as they are when there is none. Constraints as for
 * `equalWeight`; without a scale the net exposure is kept.
 *
 * @param problem.weights by asset, signed, not all 0
 * @throws RiskMathError as `equalWeight`
 */
export function customWeights(problem: AllocationProblem & { readonly weights: Float64Array }): GroupedSolution {
  const { weights } = problem;
  requireLength(weights, problem.covariance.size, 'weights');
  requireFinite(weights, 'weights');
  const net = weights.reduce((total, weight) => total + weight, 0);
  const gross = weights.reduce((total, weight) => total + Math.abs(weight), 0);
  if (gross === 0) throw new RiskMathError('invalidInput', 'all weights are 0', { field: 'weights' });
  const kept =
    Math.abs(net) > 1e-12 * gross ? ({ kind: 'net', value: net } as const) : ({ kind: 'gross', value: gross } as const);
  const signs = weights.map((weight) => (weight < 0 ? -1 : 1));
  return toTarget({ ...problem, signs, scale: problem.scale ?? kept }, () => weights.map(Math.abs));
}

/** @param targets relative sizes by variable, before scaling */
function toTarget(problem: Problem, targets: (program: AllocationProgram) => Float64Array): GroupedSolution {
  const { grouping } = problem;
  const composition = grouping === undefined ? undefined : compositionOf(problem, grouping.groups, grouping.within);
  const program = createProgram(problem, composition);
  requireFeasible(program);
  const wanted = scaled(program, targets(program));
  const outcome = obeys(program, wanted) ? { variables: wanted, iterations: 0, residual: 0 } : project(program, wanted);
  const solution = toSolution(program, outcome, riskShares(program.covariance, expand(program, wanted)));
  if (grouping === undefined) return { ...solution, groups: [] };
  return { ...solution, groups: groupShares(solution, grouping.groups, groupIndex(problem, grouping.groups)) };
}

function scaled(program: AllocationProgram, targets: Float64Array): Float64Array {
  const { scale, scaleRow } = program;
  const size =
    scaleRow === null
      ? ANNUALISATION * deviationContributions(program.covariance, expand(program, targets)).total
      : targets.reduce((total, target, variable) => total + target * scaleRow[variable]!, 0);
  const factor = scale.value / size;
  if (!(Number.isFinite(factor) && factor > 0)) {
    throw new RiskMathError('outOfDomain', `no multiple of these weights has a ${scale.kind} of ${scale.value}`, {
      field: 'scale',
    });
  }
  return targets.map((target) => target * factor);
}

function obeys(program: AllocationProgram, y: Float64Array): boolean {
  const slack = 1e-12 * Math.abs(program.scale.value);
  const inside = y.every((value, i) => value >= program.lower[i]! - slack && value <= program.upper[i]! + slack);
  return (
    inside &&
    program.rows.every(({ coefficients, lower, upper }) => {
      const value = coefficients.reduce((total, coefficient, i) => total + coefficient * y[i]!, 0);
      return value >= lower - slack && value <= upper + slack;
    })
  );
}

/** min ½ Σ (wᵢ − tᵢ)² over the constraints, at the same scale. */
function project(program: AllocationProgram, wanted: Float64Array): ProgramOutcome {
  const { size, scaleRow, scale, rows } = program;
  if (scaleRow === null) {
    throw new RiskMathError('outOfDomain', 'a volatility target and constraints in its way cannot be met together', {
      field: 'scale',
    });
  }
  const quadratic = new Float64Array(size * size);
  program.units.forEach((unit, asset) => {
    const variable = program.variableOf[asset]!;
    quadratic[variable * size + variable]! += unit * unit;
  });
  const result = solveInterior(
    {
      size,
      quadratic,
      linear: wanted.map((value, i) => -value * quadratic[i * size + i]!),
      barrier: new Float64Array(size),
      lower: program.lower,
      upper: program.upper,
      rows: [...rows, { coefficients: scaleRow, lower: scale.value, upper: scale.value }],
    },
    wanted.map((value) => Math.max(value, 1e-6)),
  );
  if (!(result.residual <= ACCEPTED)) {
    throw new RiskMathError('notConverged', `the nearest weights were not found: residual ${result.residual}`, {
      residual: result.residual,
      iterations: result.iterations,
    });
  }
  const size1 = wanted.reduce((most, value) => Math.max(most, value), 0);
  const relative = (values: Float64Array): Float64Array => values.map((value) => value / size1);
  return {
    variables: result.variables,
    iterations: result.iterations,
    residual: result.residual,
    multipliers: {
      bounds: relative(result.boundMultipliers),
      rows: relative(result.rowMultipliers.slice(0, rows.length)),
    },
  };
}
