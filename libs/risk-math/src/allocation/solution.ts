import { ANNUALISATION } from '../foundation/conventions.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type RiskContributions, deviationContributions } from '../contributions/euler.js';
import type { Covariance } from '../model/covariance.js';
import { type AllocationProgram, expand } from './program.js';
import type { BindingConstraint, Solution } from './types.js';

/** Euler shares of variance; 0 for a portfolio without risk. */
export function riskShares(covariance: Covariance, weights: Float64Array): Float64Array {
  return sharesOf(deviationContributions(covariance, weights));
}

function sharesOf({ total, contributions }: RiskContributions): Float64Array {
  return contributions.map((contribution) => (total > 0 ? contribution / total : 0));
}

/** Signed, in shares of risk: positive where an upper side holds the solution back, negative where a lower side does. */
export interface Multipliers {
  readonly bounds: Float64Array;
  readonly rows: Float64Array;
  /** Not 0 only where no λ gives the scale, so that the scale is a constraint of its own. */
  readonly scale?: number;
}

/** What a solver found, in variables. */
export interface ProgramOutcome {
  readonly variables: Float64Array;
  readonly iterations: number;
  readonly residual: number;
  /** Multipliers of bounds and rows; absent when no constraint was in the way. */
  readonly multipliers?: Multipliers;
}

/** A multiplier this far above rounding moved the solution; relative to the largest marginal. */
const MOVED = 1e-7;

/** @param targetShares by asset */
export function toSolution(program: AllocationProgram, outcome: ProgramOutcome, targetShares: Float64Array): Solution {
  const weights = expand(program, outcome.variables);
  if (!weights.every(Number.isFinite)) {
    throw new RiskMathError('notConverged', 'the solution is not finite', { iterations: outcome.iterations });
  }
  const binding = bindingOf(program, outcome);
  const risk = deviationContributions(program.covariance, weights);
  return {
    assetIds: program.assetIds,
    weights,
    targetShares,
    realisedShares: sharesOf(risk),
    status: binding.length > 0 ? 'constrained' : 'optimal',
    binding,
    iterations: outcome.iterations,
    residual: outcome.residual,
    volatilityAnnual: ANNUALISATION * risk.total,
  };
}

/** The constraints whose multiplier is not 0. */
export function bindingOf(program: AllocationProgram, outcome: ProgramOutcome): BindingConstraint[] {
  const { multipliers, variables } = outcome;
  if (multipliers === undefined) return [];
  const binding: BindingConstraint[] = [];
  multipliers.bounds.forEach((multiplier, variable) => {
    if (Math.abs(multiplier) <= MOVED) return;
    const name = multiplier > 0 ? program.upperNames[variable] : program.lowerNames[variable];
    const bound = multiplier > 0 ? program.upper[variable]! : program.lower[variable]!;
    if (name === null || name === undefined) return;
    binding.push(namedBinding(program, name, variable, bound));
  });
  multipliers.rows.forEach((multiplier, row) => {
    if (Math.abs(multiplier) <= MOVED) return;
    const { groupId, coefficients, lower, upper } = program.rows[row]!;
    const value = coefficients.reduce((total, coefficient, i) => total + coefficient * variables[i]!, 0);
    binding.push(
      multiplier > 0
        ? { constraint: `groupUpper:${groupId}`, bound: upper, value }
        : { constraint: `groupLower:${groupId}`, bound: lower, value },
    );
  });
  if (Math.abs(multipliers.scale ?? 0) > MOVED) {
    const value = (program.scaleRow ?? new Float64Array(0)).reduce(
      (total, coefficient, i) => total + coefficient * variables[i]!,
      0,
    );
    binding.push({ constraint: program.scale.kind, bound: program.scale.value, value });
  }
  return binding;

  function namedBinding(of: AllocationProgram, name: string, variable: number, bound: number): BindingConstraint {
    const asset = of.assetIds.indexOf(name.slice(name.indexOf(':') + 1));
    const unit = of.units[asset] ?? 1;
    return { constraint: name, bound: bound * unit, value: variables[variable]! * unit };
  }
}
