import { conditionOfSymmetric } from '../covariance/condition-number.js';
import { sampleCovariance } from '../covariance/sample.js';
import { requireFinite, requireIds, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { leastSquares } from '../linear-algebra/least-squares.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { type Returns, createReturns, requireReturns } from '../model/returns.js';

/** What assets are exposed to, as of the model's date. */
export interface GivenExposures {
  /** n×k row-major, such as a country's ones, industries' zeros and ones, standardised styles. */
  readonly values: Float64Array;
  readonly factors: number;
  readonly factorIds?: readonly string[];
  /** n, none negative: how much an asset counts in a day's regression, such as √capitalisation; equal when absent. */
  readonly weights?: Float64Array;
}

export interface CrossSectionalFactorModel {
  /** The exposures given, the sample covariance (ddof 1) of the factors' returns, and variances of what is left, per day. */
  readonly model: FactorModel;
  /** T×k row-major. */
  readonly factorReturns: Float64Array;
  /** k: mean daily return of a factor over its standard error (Fama and MacBeth); ±Number.MAX_VALUE without any error. */
  readonly tStatistics: Float64Array;
  /** T: the weighted share of squared returns that the day's regression explains, within [0, 1]; 0 on a day without any. */
  readonly rSquared: Float64Array;
  /** Largest over smallest singular value of the weighted exposures, each factor's to unit length. */
  readonly conditionNumber: number;
  readonly observations: number;
}

/**
 * Cross-sectional factor model: each day's returns regressed on given exposures by weighted least squares,
 * r_t = B f_t + e_t; Σ = B cov(f) Bᵀ + diag(var e).
 *
 * Source: Fama and MacBeth, "Risk, return, and equilibrium", Journal of Political Economy 81 (1973); as a risk model Menchero, Orr and
 * Wang, "The Barra US Equity Model (USE4)", MSCI (2011), with exposures held at the model's date.
 *
 * @param returns T×n
 * @throws RiskMathError `tooFewObservations` below two days, or fewer assets with weight than factors; `outOfDomain` when factors
 *   depend on each other (leave one industry out beside a country factor); `invalidInput` on a wrong shape, a negative
 *   weight or a number that is not finite
 */
export function crossSectionalFactorModel(returns: Returns, exposures: GivenExposures): CrossSectionalFactorModel {
  const { values, observations, assets, ids } = returns;
  const { factors } = exposures;
  const roots = checked(returns, exposures);
  const design = new Float64Array(assets * factors);
  const targets = new Float64Array(assets * observations);
  for (let i = 0; i < assets; i++) {
    for (let k = 0; k < factors; k++) design[i * factors + k] = roots[i]! * exposures.values[i * factors + k]!;
    for (let t = 0; t < observations; t++) targets[i * observations + t] = roots[i]! * values[t * assets + i]!;
  }
  const conditionNumber = conditionOf(design, assets, factors);
  const fit = leastSquares(Float64Array.from(design), targets, assets, factors, observations);
  const factorReturns = new Float64Array(observations * factors);
  for (let t = 0; t < observations; t++) {
    for (let k = 0; k < factors; k++) factorReturns[t * factors + k] = fit.coefficients[k * observations + t]!;
  }
  const factorCovariance = sampleCovariance(createReturns(factorReturns, observations, factors));
  return {
    model: createFactorModel(assets, factors, {
      exposures: exposures.values,
      factorCovariance: factorCovariance.values,
      specificVariances: residualVariances(returns, exposures, factorReturns),
      ids,
      factorIds: exposures.factorIds,
    }),
    factorReturns,
    tStatistics: famaMacBeth(factorReturns, factorCovariance.variances, observations),
    rSquared: explained(returns, roots, fit.residualSquares),
    conditionNumber,
    observations,
  };
}

/** √weight of each asset. */
function checked(returns: Returns, { values, factors, factorIds, weights }: GivenExposures): Float64Array {
  const { observations, assets } = returns;
  requireInteger(factors, 0, 'factors');
  requireLength(values, assets * factors, 'exposures');
  requireFinite(values, 'exposures');
  requireReturns(returns);
  requireIds(factorIds, factors, 'factorIds');
  requireObservations(observations, 2, 'a cross-sectional factor model');
  const roots = new Float64Array(assets).fill(1);
  if (weights !== undefined) {
    requireLength(weights, assets, 'weights');
    requireFinite(weights, 'weights');
    weights.forEach((weight, i) => {
      if (weight < 0) {
        throw new RiskMathError('invalidInput', `weights[${i}] is ${weight}; none may be negative`, {
          field: 'weights',
        });
      }
      roots[i] = Math.sqrt(weight);
    });
  }
  const counted = roots.reduce((count, root) => count + (root > 0 ? 1 : 0), 0);
  requireObservations(counted, factors, `a day's regression on ${factors} factors (assets with weight)`);
  return roots;
}

function conditionOf(design: Float64Array, assets: number, factors: number): number {
  const lengths = new Float64Array(factors);
  for (let i = 0; i < assets; i++) for (let k = 0; k < factors; k++) lengths[k]! += design[i * factors + k]! ** 2;
  const gram = new Float64Array(factors * factors);
  for (let a = 0; a < factors; a++) {
    for (let b = 0; b < factors; b++) {
      let total = 0;
      for (let i = 0; i < assets; i++) total += design[i * factors + a]! * design[i * factors + b]!;
      gram[a * factors + b] = total / Math.sqrt(lengths[a]! * lengths[b]!);
    }
  }
  const condition = gram.every(Number.isFinite) ? conditionOfSymmetric(gram, factors) : null;
  if (condition === null && factors > 0) {
    throw new RiskMathError('outOfDomain', 'the exposures depend on each other', { field: 'exposures' });
  }
  return condition === null ? 1 : Math.sqrt(condition);
}

/** Sample variances (ddof 1) of r − B f. */
function residualVariances(
  { values, observations, assets }: Returns,
  { values: exposures, factors }: GivenExposures,
  factorReturns: Float64Array,
): Float64Array {
  const residuals = new Float64Array(observations);
  const variances = new Float64Array(assets);
  for (let i = 0; i < assets; i++) {
    let mean = 0;
    for (let t = 0; t < observations; t++) {
      let residual = values[t * assets + i]!;
      for (let k = 0; k < factors; k++) residual -= exposures[i * factors + k]! * factorReturns[t * factors + k]!;
      residuals[t] = residual;
      mean += residual / observations;
    }
    let squares = 0;
    for (let t = 0; t < observations; t++) squares += (residuals[t]! - mean) ** 2;
    variances[i] = squares / (observations - 1);
  }
  return variances;
}

function famaMacBeth(factorReturns: Float64Array, variances: Float64Array, observations: number): Float64Array {
  const factors = variances.length;
  return variances.map((variance, k) => {
    let mean = 0;
    for (let t = 0; t < observations; t++) mean += factorReturns[t * factors + k]! / observations;
    const statistic = mean / Math.sqrt(variance / observations);
    return Number.isFinite(statistic) ? statistic : Math.sign(mean) * Number.MAX_VALUE;
  });
}

function explained(
  { values, observations, assets }: Returns,
  roots: Float64Array,
  residualSquares: Float64Array,
): Float64Array {
  return Float64Array.from({ length: observations }, (_, t) => {
    let total = 0;
    for (let i = 0; i < assets; i++) total += (roots[i]! * values[t * assets + i]!) ** 2;
    return total > 0 ? Math.min(1, Math.max(0, 1 - residualSquares[t]! / total)) : 0;
  });
}
