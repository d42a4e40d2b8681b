import type { Instant, RiskModel, RiskModelRow, RiskPolicy } from '@risk-budget/contracts';
import type { AlignedReturns } from '@risk-budget/market-data';
import { ANNUALISATION, type CovarianceRepair } from '@risk-budget/risk-math';
import { ForecastingError } from '../errors.js';
import { DENSE_LIMIT, type EstimatedModel, type NamedReturns } from './model-estimation.js';

/** What a model is about, besides its numbers. */
export interface ModelIdentity {
  readonly modelId: string;
  readonly portfolioId: string;
  readonly policy: RiskPolicy;
  readonly knownAt: Instant;
  readonly codeVersion: string;
}

/**
 * The returns as the estimators take them, once they are known to be enough for the policy.
 *
 * @throws ForecastingError `TOO_FEW_OBSERVATIONS`, `FACTOR_WITHOUT_HISTORY`, `UNIVERSE_TOO_LARGE`
 */
export function estimationInput(aligned: AlignedReturns, policy: RiskPolicy): NamedReturns {
  const days = aligned.dates.length;
  if (days < policy.minimumHistoryDays || aligned.instrumentIds.length === 0) {
    throw new ForecastingError(
      'FORECASTING.TOO_FEW_OBSERVATIONS',
      `${days} days of ${aligned.instrumentIds.length} instruments are known; the policy '${policy.policyId}' needs ${policy.minimumHistoryDays}.`,
    );
  }
  if (policy.model.method === 'timeSeriesFactor') {
    requireOwnHistory(aligned, [policy.model.marketInstrumentId, ...policy.model.factorInstrumentIds]);
  } else if (aligned.instrumentIds.length > DENSE_LIMIT) {
    throw new ForecastingError(
      'FORECASTING.UNIVERSE_TOO_LARGE',
      `${aligned.instrumentIds.length} instruments exceed the ${DENSE_LIMIT} of a covariance; use a factor model.`,
    );
  }
  return { ...aligned.returns, ids: aligned.instrumentIds };
}

function requireOwnHistory(aligned: AlignedReturns, factorIds: readonly string[]): void {
  const known = new Set(aligned.instrumentIds);
  for (const series of aligned.proxied) if (series.extent === 'whole') known.delete(series.instrumentId);
  const missing = factorIds.filter((id) => !known.has(id));
  if (missing.length === 0) return;
  throw new ForecastingError(
    'FORECASTING.FACTOR_WITHOUT_HISTORY',
    `The factors ${missing.map((id) => `'${id}'`).join(', ')} have too little history of their own.`,
    missing.map((id) => ({ field: 'policy.model', problem: `'${id}' has too little history` })),
  );
}

/** The model as it is published and stored: every number with what stands behind it. */
export function assembleModel(aligned: AlignedReturns, estimate: EstimatedModel, identity: ModelIdentity): RiskModel {
  return {
    ...identity,
    form: estimate.form,
    asOf: aligned.lastBarTime,
    windowStart: aligned.startDate,
    windowEnd: aligned.dates.at(-1) ?? aligned.startDate,
    observations: aligned.dates.length,
    conditionNumber: estimate.conditionNumber,
    ...(estimate.form === 'covariance' ? covarianceParts(estimate) : factorParts(estimate)),
    repairs: repairsOf(estimate.matrix.repair),
    holes: largestHoles(aligned),
    rows: rowsOf(aligned, estimate),
  };
}

/** Holes that a model names: one message holds no more beside its rows. */
const NAMED_HOLES = 1000;

/** The instruments with the most missing days, in the order of the returns. */
function largestHoles({ holes }: AlignedReturns): RiskModel['holes'] {
  const largest = new Set([...holes].sort((a, b) => b.missingDays - a.missingDays).slice(0, NAMED_HOLES));
  return holes
    .filter((hole) => largest.has(hole))
    .map(({ instrumentId, missingDays }) => ({ instrumentId, missingDays }));
}

function covarianceParts(estimate: EstimatedModel & { form: 'covariance' }): Partial<RiskModel> {
  return estimate.shrinkage === undefined ? {} : { shrinkage: estimate.shrinkage };
}

function factorParts(estimate: EstimatedModel & { form: 'factor' }): Partial<RiskModel> {
  const { factors, factorCovariance, factorIds } = estimate.matrix;
  return {
    factors: factorIds.map((factorId, at) => ({
      factorId,
      volatilityAnnual: Math.sqrt(factorCovariance[at * factors + at] ?? 0) * ANNUALISATION,
    })),
    factorCovariance: factorIds.map((_, at) => [...factorCovariance.subarray(at * factors, (at + 1) * factors)]),
    factorConditionNumber: estimate.factorConditionNumber,
  };
}

function repairsOf(repair: CovarianceRepair): RiskModel['repairs'] {
  return repair.method === 'none'
    ? []
    : [
        {
          kind: 'nearestPositiveSemiDefinite',
          distance: repair.relativeDistance,
          smallestEigenvalueBefore: repair.smallestEigenvalue,
        },
      ];
}

function rowsOf(aligned: AlignedReturns, estimate: EstimatedModel): RiskModelRow[] {
  const proxies = new Map(aligned.proxied.map(({ instrumentId, sector, scale }) => [instrumentId, { sector, scale }]));
  return aligned.instrumentIds.map((instrumentId, position) => {
    const proxy = proxies.get(instrumentId);
    return {
      instrumentId,
      ...numbersOf(estimate, position),
      observations: aligned.observations[position] ?? 0,
      ...(proxy === undefined ? {} : { proxy }),
    };
  });
}

function numbersOf(estimate: EstimatedModel, position: number): Partial<RiskModelRow> {
  if (estimate.form === 'covariance') {
    const { values, size } = estimate.matrix;
    return { covariances: [...values.subarray(position * size, position * size + position + 1)] };
  }
  const { exposures, factors, specificVariances } = estimate.matrix;
  return {
    exposures: [...exposures.subarray(position * factors, (position + 1) * factors)],
    specificVariance: specificVariances[position] ?? 0,
    rSquared: estimate.rSquared[position] ?? 0,
  };
}
