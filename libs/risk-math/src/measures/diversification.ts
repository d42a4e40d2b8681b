import { requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.js';
import { type RiskModelMatrix, multiply, quadraticForm, toDense } from '../model/risk-model-matrix.js';
import { notNegative } from '../foundation/variance.js';

/**
 * Diversification ratio Σ |wᵢ| σᵢ / σ: at least 1.
 *
 * Source: Choueifaty and Coignard, "Toward maximum diversification", Journal of Portfolio Management 35 (2008).
 *
 * @throws RiskMathError `outOfDomain` for a portfolio without risk
 */
export function diversificationRatio(matrix: RiskModelMatrix, weights: Float64Array): number {
  const deviation = Math.sqrt(quadraticForm(matrix, weights));
  if (!(deviation > 0)) {
    throw new RiskMathError('outOfDomain', 'a portfolio without risk has no diversification ratio', {
      field: 'weights',
    });
  }
  let alone = 0;
  for (let i = 0; i < weights.length; i++) alone += Math.abs(weights[i]!) * Math.sqrt(matrix.variances[i]!);
  return alone / deviation;
}

/** Risk in uncorrelated bets. */
export interface EffectiveBets {
  /** exp of the entropy of the shares: from 1 to n. */
  readonly effectiveNumber: number;
  /** Share of the portfolio's variance by bet; they sum to 1. */
  readonly shares: Float64Array;
}

/**
 * Effective number of bets by the minimum torsion: the uncorrelated bets nearest to the instruments themselves, with their
 * volatilities. In standardised terms bets are C^(−½) of the instruments, exposures C^½ D w, for the torsion that needs no
 * iteration.
 *
 * Source: Meucci, Santangelo and Deguest, "Risk budgeting and diversification based on optimized uncorrelated factors"
 * (2015), approximate solution.
 *
 * @throws RiskMathError `outOfDomain` for a portfolio without risk
 */
export function effectiveBets(matrix: RiskModelMatrix, weights: Float64Array): EffectiveBets {
  const { size, values, variances } = toDense(matrix);
  requireLength(weights, size, 'weights');
  const deviations = variances.map(Math.sqrt);
  const correlation = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const scale = deviations[i]! * deviations[j]!;
      correlation[i * size + j] = i === j ? 1 : scale > 0 ? values[i * size + j]! / scale : 0;
    }
  }
  const { values: eigenvalues, vectors } = symmetricEigen(correlation, size);
  const exposures = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    let along = 0;
    for (let i = 0; i < size; i++) along += vectors[i * size + k]! * deviations[i]! * weights[i]!;
    const scaled = along * Math.sqrt(notNegative(eigenvalues[k]!, () => size));
    for (let i = 0; i < size; i++) exposures[i]! += vectors[i * size + k]! * scaled;
  }
  let variance = 0;
  for (const exposure of exposures) variance += exposure * exposure;
  if (!(variance > 0 && multiply(matrix, weights).some((value) => value !== 0))) {
    throw new RiskMathError('outOfDomain', 'a portfolio without risk has no bets', { field: 'weights' });
  }
  const shares = exposures.map((exposure) => (exposure * exposure) / variance);
  let entropy = 0;
  for (const share of shares) if (share > 0) entropy -= share * Math.log(share);
  return { effectiveNumber: Math.exp(entropy), shares };
}
