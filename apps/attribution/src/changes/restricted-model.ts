import {
  createFactorModel,
  createReturns,
  subCovariance,
  type EvaluationModel,
  type FactorModel,
  type ScenarioSet,
} from '@risk-budget/risk-math';

/** A model and its scenarios of some of its instruments, in their order. */
export interface RestrictedModel {
  readonly model: EvaluationModel;
  readonly scenarios: ScenarioSet | undefined;
}

/** The part of a model that two snapshots are compared in: the union of their names. Every name must be in the model. */
export function restrictedTo(
  instrumentIds: readonly string[],
  model: EvaluationModel,
  scenarios: ScenarioSet | undefined,
): RestrictedModel {
  const rowOf = new Map(model.instrumentIds.map((id, row) => [id, row]));
  const rows = instrumentIds.map((id) => {
    const row = rowOf.get(id);
    if (row === undefined) throw new TypeError(`the model does not have ${id}`);
    return row;
  });
  const { matrix, modelId } = model;
  return {
    model: {
      modelId,
      instrumentIds,
      matrix:
        matrix.kind === 'covariance'
          ? subCovariance(matrix, rows, instrumentIds)
          : factorRows(matrix, rows, instrumentIds),
    },
    scenarios: scenarios === undefined ? undefined : columns(scenarios, rows, instrumentIds),
  };
}

function factorRows(matrix: FactorModel, rows: readonly number[], ids: readonly string[]): FactorModel {
  const { factors, exposures, factorCovariance, specificVariances, factorIds, repair } = matrix;
  const chosen = new Float64Array(rows.length * factors);
  rows.forEach((row, index) => chosen.set(exposures.subarray(row * factors, (row + 1) * factors), index * factors));
  return createFactorModel(rows.length, factors, {
    ...{ exposures: chosen, factorCovariance, ids, factorIds, repair },
    specificVariances: Float64Array.from(rows, (row) => specificVariances[row] ?? 0),
  });
}

function columns(scenarios: ScenarioSet, rows: readonly number[], ids: readonly string[]): ScenarioSet {
  const { observations, assets, values } = scenarios.returns;
  const chosen = new Float64Array(observations * rows.length);
  for (let t = 0; t < observations; t++) {
    rows.forEach((row, index) => (chosen[t * rows.length + index] = values[t * assets + row] ?? 0));
  }
  return { ...scenarios, returns: createReturns(chosen, observations, rows.length, ids) };
}
