import { requireFinite, requireObservations } from '../foundation/guards.js';
import { crossProduct, demeanedColumns } from '../linear-algebra/cross-product.js';
import { type Covariance, createCovariance } from '../model/covariance.js';
import type { Returns } from '../model/returns.js';

/**
 * Sample covariance Σ (r − r̄)(r − r̄)ᵀ / (T − 1), per day. Positive semi-definite by construction; singular when n ≥ T.
 *
 * @throws RiskMathError `tooFewObservations` below two days; `invalidInput` on a number that is not finite
 */
export function sampleCovariance(returns: Returns): Covariance {
  const { values, observations, assets, ids } = returns;
  requireObservations(observations, 2, 'a sample covariance');
  requireFinite(values, 'returns');
  const columns = demeanedColumns(values, observations, assets);
  return createCovariance(crossProduct(columns, assets, observations, observations - 1), assets, { ids });
}
