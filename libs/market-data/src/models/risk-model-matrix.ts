import type { RiskModel } from '@risk-budget/contracts';
import {
  createCovariance,
  createFactorModel,
  RiskMathError,
  type CovarianceRepair,
  type EvaluationModel,
  type RiskModelMatrix,
} from '@risk-budget/risk-math';
import { MarketDataError } from '../errors.js';

/**
 * The matrix of a published model, per day: dense out of the rows' lower triangle, or B F Bᵀ + diag(d) in factor form.
 *
 * @throws MarketDataError `MARKET_DATA.MODEL_MALFORMED` when the rows do not make one
 */
export function riskModelMatrix(model: RiskModel): RiskModelMatrix {
  try {
    return model.form === 'covariance' ? covariance(model) : factorModel(model);
  } catch (error) {
    if (RiskMathError.is(error)) throw malformed(model, error.message, error);
    throw error;
  }
}

/** The model as the evaluator takes it. @throws as {@link riskModelMatrix} */
export function evaluationModel(model: RiskModel): EvaluationModel {
  return {
    modelId: model.modelId,
    instrumentIds: model.rows.map((row) => row.instrumentId),
    matrix: riskModelMatrix(model),
  };
}

function covariance(model: RiskModel): RiskModelMatrix {
  const size = model.rows.length;
  const values = new Float64Array(size * size);
  model.rows.forEach(({ instrumentId, covariances }, i) => {
    if (covariances?.length !== i + 1) {
      throw malformed(model, `row ${i} ('${instrumentId}') needs ${i + 1} covariances, up to the diagonal`);
    }
    covariances.forEach((value, j) => {
      values[i * size + j] = value;
      values[j * size + i] = value;
    });
  });
  return createCovariance(values, size, { ids: model.rows.map((row) => row.instrumentId), repair: repairOf(model) });
}

function factorModel(model: RiskModel): RiskModelMatrix {
  const factors = model.factorCovariance?.length ?? 0;
  const size = model.rows.length;
  const exposures = new Float64Array(size * factors);
  const specificVariances = new Float64Array(size);
  model.rows.forEach((row, i) => {
    if (row.exposures?.length !== factors || row.specificVariance === undefined) {
      throw malformed(model, `row ${i} ('${row.instrumentId}') needs ${factors} exposures and a specific variance`);
    }
    exposures.set(row.exposures, i * factors);
    specificVariances[i] = row.specificVariance;
  });
  return createFactorModel(size, factors, {
    exposures,
    factorCovariance: Float64Array.from(flat(model, factors)),
    specificVariances,
    ids: model.rows.map((row) => row.instrumentId),
    factorIds: model.factors?.map((factor) => factor.factorId),
    repair: repairOf(model),
  });
}

function flat(model: RiskModel, factors: number): number[] {
  const rows = model.factorCovariance ?? [];
  if (rows.some((row) => row.length !== factors)) throw malformed(model, 'the factor covariance is not square');
  return rows.flat();
}

function repairOf(model: RiskModel): CovarianceRepair {
  const [repair] = model.repairs;
  if (repair === undefined) return { method: 'none' };
  return {
    method: 'higham',
    distance: repair.distance,
    relativeDistance: repair.distance,
    smallestEigenvalue: repair.smallestEigenvalueBefore,
  };
}

function malformed(model: RiskModel, problem: string, cause?: unknown): MarketDataError {
  return new MarketDataError(
    'MARKET_DATA.MODEL_MALFORMED',
    `The risk model ${model.modelId} is no matrix: ${problem}.`,
    {
      cause,
    },
  );
}
