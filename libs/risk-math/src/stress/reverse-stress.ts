import { requireFinite, requireLength, requirePositive } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type HalfSpace, leastDistance } from '../linear-algebra/least-distance.js';
import { multiply } from '../model/risk-model-matrix.js';
import { type ScenarioSpace, scenarioSpace } from './scenario-space.js';
import { type StressModel, observationsOf } from './shocks.js';

/** What a scenario must also obey. Returns are simple. */
export interface ScenarioBound {
  /** A name for it, in the answer and in a clash. */
  readonly id: string;
  /** The names, factor or portfolio whose return is bounded; each of several names by itself. */
  readonly of:
    | { readonly kind: 'instruments'; readonly instrumentIds: readonly string[] }
    | { readonly kind: 'factor'; readonly factorId: string }
    | { readonly kind: 'portfolio'; readonly name: string; readonly weights: Float64Array };
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** The most plausible way to lose a given amount. */
export interface ReverseStress {
  /** n simple returns. */
  readonly returns: Float64Array;
  /** `null` for a dense model. */
  readonly factorReturns: Float64Array | null;
  /** Loss of each position, fraction of NAV; they sum to `loss`. */
  readonly losses: Float64Array;
  readonly loss: number;
  /** √(rᵀΣ⁻¹r): standard deviations a day; loss / σ of the portfolio when nothing binds. */
  readonly mahalanobisDistance: number;
  /** Ids of the bounds that the scenario touches. */
  readonly binding: readonly string[];
}

/**
 * Reverse stress test: the scenario of least Mahalanobis distance in which the portfolio loses at least `loss`,
 *
 *     min rᵀΣ⁻¹r   over   −wᵀr ≥ loss   and the bounds.
 *
 * Without bounds it is r = −loss · Σw / (wᵀΣw), at a distance of loss / σ: the most likely such scenario of every
 * elliptic distribution with zero mean. With bounds it is solved exactly by an active set.
 *
 * Source: Breuer, Jandačka, Rheinberger and Summer, "How to find plausible, severe, and useful stress scenarios",
 * International Journal of Central Banking 5 (2009).
 *
 * @param weights n signed weights
 * @param loss fraction of NAV, above 0
 * @throws RiskMathError `outOfDomain` when the portfolio has no risk; `infeasible` naming a minimal set that clashes
 *   (`loss` is the loss itself); `invalidInput`
 */
export function reverseStress(
  model: StressModel,
  weights: Float64Array,
  loss: number,
  bounds: readonly ScenarioBound[] = [],
): ReverseStress {
  requirePositive(loss, 'loss');
  requireLength(weights, model.matrix.size, 'weights');
  requireFinite(weights, 'weights');
  const product = multiply(model.matrix, weights);
  let variance = 0;
  for (let i = 0; i < weights.length; i++) variance += weights[i]! * product[i]!;
  if (!(variance > 0)) {
    throw new RiskMathError('outOfDomain', 'the portfolio has no risk, so that no scenario loses anything', {
      field: 'weights',
    });
  }
  const space = scenarioSpace(model.matrix);
  const lossNormal = space.instrumentNormal(weights.map((weight) => 0 - weight));
  const constraints = [{ id: 'loss', normal: lossNormal, bound: loss }, ...halfSpacesOf(model, space, bounds)];
  const scale = loss / Math.sqrt(variance);
  const solution = leastDistance(
    space.size,
    constraints.map(({ normal, bound }) => ({ normal, bound: bound / scale })),
  );
  if (solution.status === 'notConverged') {
    throw new RiskMathError('notConverged', 'the reverse stress test stopped before its optimum', solution);
  }
  if (solution.status === 'infeasible') {
    const clashing = [...new Set(solution.clashing.map((index) => constraints[index]!.id))];
    throw new RiskMathError('infeasible', `no scenario meets ${clashing.join(', ')} together`, { clashing });
  }
  const point = solution.point.map((value) => value * scale);
  const returns = space.returnsOf(point);
  const losses = returns.map((value, i) => 0 - weights[i]! * value);
  return {
    returns,
    factorReturns: space.factorReturnsOf(point),
    losses,
    loss: losses.reduce((total, value) => total + value, 0),
    mahalanobisDistance: Math.sqrt(point.reduce((total, value) => total + value * value, 0)),
    binding: [...new Set(solution.active.map((index) => constraints[index]!.id))].filter((id) => id !== 'loss'),
  };
}

function halfSpacesOf(
  model: StressModel,
  space: ScenarioSpace,
  bounds: readonly ScenarioBound[],
): (HalfSpace & { readonly id: string })[] {
  return bounds.flatMap((bound) => {
    if (bound.id === '' || bound.id === 'loss' || (bound.lower === undefined && bound.upper === undefined)) {
      throw new RiskMathError(
        'invalidInput',
        `the bound ${bound.id || 'without a name'} needs a name of its own and a side`,
        {
          field: 'bounds',
        },
      );
    }
    return normalsOf(model, space, bound).flatMap((normal) => [
      ...(bound.lower === undefined ? [] : [{ id: bound.id, normal, bound: finite(bound.lower, bound.id) }]),
      ...(bound.upper === undefined
        ? []
        : [{ id: bound.id, normal: normal.map((value) => 0 - value), bound: 0 - finite(bound.upper, bound.id) }]),
    ]);
  });
}

function normalsOf(model: StressModel, space: ScenarioSpace, { of }: ScenarioBound): Float64Array[] {
  return observationsOf(model, [{ ...of, return: 0 }]).map(({ rows, weights, factor }) => {
    const functional = new Float64Array(model.matrix.size);
    rows.forEach((row, k) => (functional[row] = weights[k]!));
    return (factor < 0 ? null : space.factorNormal(factor)) ?? space.instrumentNormal(functional);
  });
}

function finite(value: number, id: string): number {
  if (!Number.isFinite(value)) {
    throw new RiskMathError('invalidInput', `a side of the bound ${id} is ${value}; it must be a finite number`, {
      field: 'bounds',
      ids: [id],
    });
  }
  return value;
}
