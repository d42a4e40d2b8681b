import type { RiskModel } from '@risk-budget/contracts';
import { ANNUALISATION, covarianceBetween } from '@risk-budget/risk-math';
import type { LoadedRiskModel } from '@risk-budget/market-data';
import { ForecastingError } from '../errors.js';
import type { FactorModelView, RiskModelSummary, RiskModelView } from './risk-model.schemas.js';

/** What an estimate adds to its model for those who read it. */
export interface EstimateLineage {
  readonly cause: RiskModelSummary['cause'];
  readonly requestedBy: RiskModelSummary['requestedBy'];
  readonly inputHash: string;
  readonly unavailable: readonly string[];
}

export function summaryOf(model: RiskModel, lineage: EstimateLineage): RiskModelSummary {
  const { policy, rows } = model;
  return {
    modelId: model.modelId,
    portfolioId: model.portfolioId,
    policyId: policy.policyId,
    policyVersion: policy.version,
    model: policy.model,
    form: model.form,
    asOf: model.asOf,
    knownAt: model.knownAt,
    windowStart: model.windowStart,
    windowEnd: model.windowEnd,
    observations: model.observations,
    instruments: rows.length,
    shrinkage: model.shrinkage ?? null,
    conditionNumber: model.conditionNumber,
    factorConditionNumber: model.factorConditionNumber ?? null,
    repairs: model.repairs,
    holes: model.holes,
    proxied: rows.filter((row) => row.proxy !== undefined).map((row) => row.instrumentId),
    unavailable: [...lineage.unavailable],
    cause: lineage.cause,
    requestedBy: lineage.requestedBy,
    inputHash: lineage.inputHash,
    codeVersion: model.codeVersion,
  };
}

export function viewOf(summary: RiskModelSummary, { model, evaluation }: LoadedRiskModel): RiskModelView {
  return {
    ...summary,
    policy: model.policy,
    instrumentRisks: model.rows.map((row, position) => ({
      instrumentId: row.instrumentId,
      volatilityAnnual: Math.sqrt(covarianceBetween(evaluation.matrix, position, position)) * ANNUALISATION,
      observations: row.observations,
      proxy: row.proxy ?? null,
    })),
  };
}

/** @throws ForecastingError `NO_FACTORS` for a covariance */
export function factorViewOf(model: RiskModel): FactorModelView {
  if (model.form !== 'factor') {
    throw new ForecastingError(
      'FORECASTING.NO_FACTORS',
      `The risk model '${model.modelId}' is a covariance by the method '${model.policy.model.method}'.`,
    );
  }
  return {
    modelId: model.modelId,
    portfolioId: model.portfolioId,
    asOf: model.asOf,
    conditionNumber: model.factorConditionNumber ?? null,
    factors: model.factors ?? [],
    factorCovariance: model.factorCovariance ?? [],
    instruments: model.rows.map((row) => ({
      instrumentId: row.instrumentId,
      exposures: row.exposures ?? [],
      rSquared: row.rSquared ?? 0,
      specificVolatilityAnnual: Math.sqrt(row.specificVariance ?? 0) * ANNUALISATION,
    })),
  };
}
