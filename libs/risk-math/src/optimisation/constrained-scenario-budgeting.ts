import {
  type ConstrainedOutcome,
  type ConstrainedRisk,
  positiveStart,
  relativeMultipliers,
} from '../allocation/constrained-budgeting.js';
import { solveInterior } from '../allocation/interior-point.js';
import { type ReducedProgram, inner } from '../allocation/reduced-program.js';
import type { ScenarioTerm } from '../allocation/scenario-state.js';

/** Losses of past days by the variables of a program. */
export interface BudgetedScenarios {
  /** T×m row-major, about 1. */
  readonly losses: Float64Array;
  readonly scenarios: number;
}

/** A portfolio at one λ, and what each scenario weighs in the gradient Lᵀp of its risk. */
export type ScenarioOutcome = ConstrainedOutcome & { readonly tail: Float64Array };

const EXACTNESS = 1e-11;

/**
 * Expected shortfall as a risk to be budgeted under constraints.
 *
 * @param mass (1 − confidence) T
 * @param at expected shortfall of losses
 */
export function shortfallRisk(
  of: BudgetedScenarios,
  mass: number,
  at: (losses: Float64Array) => number,
): ConstrainedRisk<ScenarioOutcome> {
  return {
    solve: (program, lambda, start) => solveAt(of, program, lambda, start, { kind: 'shortfall', share: 1 / mass }),
    taken: (_, y) => at(lossesAt(of, y)),
    exactness: EXACTNESS,
  };
}

/** ½ of the squared semi-deviation as a risk to be budgeted under constraints. */
export function semiDeviationRisk(of: BudgetedScenarios): ConstrainedRisk<ScenarioOutcome> {
  const share = 1 / of.scenarios;
  return {
    solve: (program, lambda, start) => solveAt(of, program, lambda, start, { kind: 'squared', share }),
    taken: (_, y) => lossesAt(of, y).reduce((total, loss) => total + share * Math.max(0, loss) ** 2, 0),
    exactness: EXACTNESS,
  };
}

/** Losses of each scenario. */
export function lossesAt({ losses, scenarios }: BudgetedScenarios, weights: Float64Array): Float64Array {
  const { length } = weights;
  return Float64Array.from({ length: scenarios }, (_, s) =>
    inner(losses.subarray(s * length, (s + 1) * length), weights),
  );
}

/** min R(y) − λ Σ bᵢ ln yᵢ over the constraints, by the interior-point method. */
function solveAt(
  of: BudgetedScenarios,
  program: ReducedProgram,
  lambda: number,
  start: Float64Array,
  { kind, share }: Pick<ScenarioTerm, 'kind' | 'share'>,
): ScenarioOutcome {
  const assets = program.size;
  // The quantile is one more variable.
  const size = kind === 'shortfall' ? assets + 1 : assets;
  const wider = (values: Float64Array, fill = 0): Float64Array => {
    const result = new Float64Array(size).fill(fill);
    result.set(values);
    return result;
  };
  const from = positiveStart(start);
  const losses = lossesAt(of, from);
  const quantile = size > assets ? assets : -1;
  const linear = new Float64Array(size);
  if (quantile >= 0) linear[quantile] = 1;
  const result = solveInterior(
    {
      size,
      quadratic: new Float64Array(size * size),
      linear,
      barrier: wider(program.barrier.map((budget) => lambda * budget)),
      lower: wider(program.lower, -Infinity),
      upper: wider(program.upper, Infinity),
      rows: program.rows.map((row) => ({ ...row, coefficients: wider(row.coefficients) })),
      scenarios: [{ kind, losses: of.losses, scenarios: of.scenarios, assets, quantile, share, limit: Infinity }],
    },
    wider(from, Math.sqrt(inner(losses, losses) / of.scenarios)),
  );
  const own = {
    ...result,
    variables: result.variables.slice(0, assets),
    boundMultipliers: result.boundMultipliers.slice(0, assets),
  };
  return { ...relativeMultipliers(own, program.target / lambda), tail: result.scenarios[0]!.weights };
}
