import { volatilityContributions } from '@risk-budget/risk-math';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import type { PeerCase, PeerRow } from '../contract.js';

const POSITIONS = 5000;
const FACTORS = 50;

function factorForm(): PeerCase {
  const input = factorPortfolio(POSITIONS, FACTORS);
  const { matrix } = input.model;
  if (matrix.kind !== 'factorModel') throw new Error('the portfolio of this row has a factor model');
  const weights = weightsOf(input);
  return {
    name: '5,000 × 50',
    inputs: {
      exposures: { values: matrix.exposures, shape: [POSITIONS, FACTORS] },
      factorCovariance: { values: matrix.factorCovariance, shape: [FACTORS, FACTORS] },
      specificVariances: { values: matrix.specificVariances, shape: [POSITIONS] },
      weights: { values: weights, shape: [POSITIONS] },
    },
    run: () => volatilityContributions(matrix, weights),
    result: () => volatilityContributions(matrix, weights).contributions,
    peers: [{ name: 'NumPy', agreement: { of: 'contributions', tolerance: 1e-12 }, atMost: 3 }],
    underMilliseconds: 1,
  };
}

export const row: PeerRow = {
  id: 'risk-decomposition',
  job: 'Risk decomposition, factor form',
  goal: 'within 3× of NumPy, and under 1 ms',
  cases: [factorForm],
};
