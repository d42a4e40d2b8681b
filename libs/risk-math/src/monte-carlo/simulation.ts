import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, requireReturns } from '../model/returns.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import { keyOf } from '../random/philox.js';
import type { VolatilityFilter } from '../returns/volatility-filter.js';

/** How the instruments' returns are drawn. */
export type ReturnGenerator =
  /** Normal with the model's covariance, × √h. */
  | { readonly kind: 'normal'; readonly matrix: RiskModelMatrix; readonly meanDaily?: Float64Array | undefined }
  /** Multivariate Student t with the model's covariance (degrees of freedom above 2), × √h: one mixing variable a path. */
  | {
      readonly kind: 'studentT';
      readonly matrix: RiskModelMatrix;
      readonly degreesOfFreedom: number;
      readonly meanDaily?: Float64Array | undefined;
    }
  /** Each instrument's own past returns (type 7 quantiles), joined by a t copula with the model's correlations, × √h. */
  | {
      readonly kind: 'tCopula';
      readonly matrix: RiskModelMatrix;
      readonly degreesOfFreedom: number;
      /** T×n past returns of the model's instruments. */
      readonly marginals: Returns;
    }
  /** Past residuals of whole days, drawn with replacement and scaled by today's volatility, which then follows the path over h days, compounded. */
  | { readonly kind: 'filteredHistorical'; readonly returns: Returns; readonly filter: VolatilityFilter }
  /** Blocks of whole past days of geometric length, h days, compounded. */
  | { readonly kind: 'stationaryBootstrap'; readonly returns: Returns; readonly meanBlockDays: number };

/** A Monte Carlo simulation of one portfolio; the same numbers in any partition and on any machine. */
export interface Simulation {
  /** Integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** From 2 to 10,000,000. */
  readonly paths: number;
  /** From 1 to 250. */
  readonly horizonDays: number;
  /** n signed weights in the order of the generator's instruments. */
  readonly weights: Float64Array;
  readonly generator: ReturnGenerator;
}

export const MOST_PATHS = 10_000_000;
export const LONGEST_HORIZON = 250;

/** Instruments of a generator. */
export function assetsOf(generator: ReturnGenerator): number {
  return 'matrix' in generator ? generator.matrix.size : generator.returns.assets;
}

/** @throws RiskMathError `invalidInput`, `outOfDomain` or `tooFewObservations` on what cannot be simulated */
export function checkSimulation({ seed, paths, horizonDays, weights, generator }: Simulation): void {
  keyOf(seed);
  requireBetween(paths, 2, MOST_PATHS, 'paths');
  requireBetween(horizonDays, 1, LONGEST_HORIZON, 'horizonDays');
  requireLength(weights, assetsOf(generator), 'weights');
  requireFinite(weights, 'weights');
  if (generator.kind === 'normal' || generator.kind === 'studentT') {
    if (generator.meanDaily !== undefined) {
      requireLength(generator.meanDaily, generator.matrix.size, 'meanDaily');
      requireFinite(generator.meanDaily, 'meanDaily');
    }
  }
  if (
    generator.kind === 'studentT' &&
    !(generator.degreesOfFreedom > 2 && Number.isFinite(generator.degreesOfFreedom))
  ) {
    throw outside('degreesOfFreedom', generator.degreesOfFreedom, 'above 2, so that there is a covariance');
  }
  if (generator.kind === 'tCopula') {
    if (!(generator.degreesOfFreedom > 0 && Number.isFinite(generator.degreesOfFreedom))) {
      throw outside('degreesOfFreedom', generator.degreesOfFreedom, 'above 0');
    }
    checkReturns(generator.marginals, 'marginals');
    requireLength(weights, generator.marginals.assets, 'marginals');
  }
  if (generator.kind === 'filteredHistorical') checkReturns(generator.returns, 'returns');
  if (generator.kind === 'stationaryBootstrap') {
    checkReturns(generator.returns, 'returns');
    if (!(generator.meanBlockDays >= 1 && Number.isFinite(generator.meanBlockDays))) {
      throw outside('meanBlockDays', generator.meanBlockDays, 'at least 1');
    }
  }
}

function checkReturns(returns: Returns, field: string): void {
  requireObservations(returns.observations, 2, 'a simulation from past returns');
  requireReturns(returns, field);
  for (const value of returns.values) {
    if (value < -1) throw new RiskMathError('outOfDomain', 'a simple return is below −1', { field });
  }
}

function requireBetween(value: number, least: number, most: number, field: string): void {
  requireInteger(value, least, field);
  if (value > most) {
    throw new RiskMathError('invalidInput', `${field} is ${value}; it may be at most ${most}`, { field });
  }
}

function outside(field: string, value: number, range: string): RiskMathError {
  return new RiskMathError('outOfDomain', `${field} is ${value}; it must be ${range}`, { field });
}
