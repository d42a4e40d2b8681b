import fc from 'fast-check';
import { weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { equalWeight, inverseVariance, inverseVolatility } from '../allocation/target-weights.js';
import { riskParity } from '../allocation/risk-budgeting.js';
import { deviationContributions, trackingErrorContributions } from '../contributions/euler.js';
import { incrementalVolatility } from '../contributions/incremental.js';
import { factorProjection } from '../contributions/projection.js';
import { xSigmaRho } from '../contributions/x-sigma-rho.js';
import { nearestPositiveSemiDefinite } from '../covariance/nearest-positive-semi-definite.js';
import { discreteMeanVariance } from '../discrete/discrete-mean-variance.js';
import { defaultRiskSpecification } from '../foundation/conventions.js';
import { hierarchicalRiskParity } from '../hierarchical/hierarchical-risk-parity.js';
import { pivotedCholesky } from '../linear-algebra/pivoted-cholesky.js';
import { trackingError } from '../measures/benchmark-relative.js';
import { diversificationRatio, effectiveBets } from '../measures/diversification.js';
import { gaussianEs, gaussianVar, volatility } from '../measures/gaussian.js';
import { studentTFigures } from '../measures/student-t.js';
import { maximumDiversification, maximumSharpe } from '../optimisation/maximum-ratio.js';
import { minimumVariance } from '../optimisation/mean-variance.js';
import { createCovariance } from './covariance.js';
import { createFactorModel } from './factor-model.js';
import { quadraticForm } from './risk-model-matrix.js';

/** 1 on the diagonal, −0.9 beside it: every pair could be, all three together have a variance of −2.4. */
const covariance = createCovariance(
  Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? 1 : -0.9)),
  3,
  { ids: ['A', 'B', 'C'] },
);
/** The same with a fourth asset of its own. */
const hidden = createCovariance(
  Float64Array.from({ length: 16 }, (_, at) => {
    const [i, j] = [Math.floor(at / 4), at % 4];
    if (i === j) return 1;
    return i < 3 && j < 3 ? -0.9 : 0;
  }),
  4,
);
const weights = new Float64Array([1, 1, 1]);
const none = new Float64Array(3);
const specification = defaultRiskSpecification;
const expectedReturns = new Float64Array([0.1, 0.1, 0.1]);

const refusals: readonly (readonly [string, () => unknown])[] = [
  ['the quadratic form', () => quadraticForm(covariance, weights)],
  ['volatility', () => volatility(covariance, weights)],
  ['Gaussian VaR', () => gaussianVar(covariance, weights, specification)],
  ['Gaussian ES', () => gaussianEs(covariance, weights, specification)],
  ['Student t VaR', () => studentTFigures(covariance, weights, specification, 5)],
  ['tracking error', () => trackingError(covariance, weights, none)],
  ['contributions', () => deviationContributions(covariance, weights)],
  ['active contributions', () => trackingErrorContributions(covariance, weights, none)],
  ['x-sigma-rho', () => xSigmaRho(covariance, weights, 1)],
  ['projection on factors', () => factorProjection(covariance, weights, [new Float64Array([1, 0, 0])], 1)],
  ['incremental volatility', () => incrementalVolatility(covariance, weights)],
  [
    'incremental volatility where only the rest has none',
    () => incrementalVolatility(hidden, new Float64Array([1, 1, 1, 4])),
  ],
  ['the diversification ratio', () => diversificationRatio(covariance, weights)],
  ['effective bets', () => effectiveBets(covariance, weights)],
  ['equal weights', () => equalWeight({ covariance })],
  ['inverse volatility', () => inverseVolatility({ covariance })],
  ['inverse variance', () => inverseVariance({ covariance })],
  ['risk parity', () => riskParity({ covariance })],
  ['hierarchical risk parity', () => hierarchicalRiskParity({ covariance })],
  ['minimum variance', () => minimumVariance({ covariance })],
  ['maximum diversification', () => maximumDiversification({ covariance })],
  ['maximum Sharpe', () => maximumSharpe({ covariance, expectedReturns })],
  ['few assets', () => discreteMeanVariance({ covariance, expectedReturns, riskAversion: 1, maximumAssets: 2 })],
];

describe('a matrix that is no covariance, though all its correlations are', () => {
  it.each(refusals)('is refused by %s', (_, ask) => {
    expect(failureOf(ask).reason).toBe('notPositiveSemiDefinite');
  });

  it('is refused as the covariance of factors, as are covariances of factors that are not symmetric', () => {
    const model = (factorCovariance: number[]) => () =>
      createFactorModel(2, 2, {
        exposures: new Float64Array([1, 1, 1, 1]),
        factorCovariance: Float64Array.from(factorCovariance),
        specificVariances: new Float64Array([1, 1]),
      });
    expect(failureOf(model([1, 2, 2, 1]))).toMatchObject({
      reason: 'notPositiveSemiDefinite',
      details: { field: 'factorCovariance' },
    });
    expect(failureOf(model([1, 0.2, 0.1, 1]))).toMatchObject({
      reason: 'invalidInput',
      details: { field: 'factorCovariance' },
    });
    expect(model([1, 1, 1, 1])().variances).toEqual(new Float64Array([5, 5]));
  });

  it('has no root, neither where a variance falls below 0 nor where only covariances are left', () => {
    for (const matrix of [covariance.values, new Float64Array([1, 1, 1, 1, 1, 0.5, 1, 0.5, 1])]) {
      expect(failureOf(() => pivotedCholesky(matrix, 3)).reason).toBe('notPositiveSemiDefinite');
    }
  });
});

describe('a covariance that is singular', () => {
  it('gives a portfolio without risk the variance 0 or its rounding, repaired or not', () => {
    const repaired = nearestPositiveSemiDefinite(covariance.values, 3, ['A', 'B', 'C']);
    expect(quadraticForm(repaired, weights)).toBeLessThan(1e-12);
    fc.assert(
      fc.property(weightsOf(6), weightsOf(6), fc.constantFrom(1e-12, 1, 1e6), (held, loads, size) => {
        const rankOne = createCovariance(
          Float64Array.from({ length: 36 }, (_, at) => size * loads[Math.floor(at / 6)]! * loads[at % 6]!),
          6,
        );
        const along = held.reduce((total, weight, i) => total + weight * loads[i]!, 0);
        const square = loads.reduce((total, load) => total + load * load, 0);
        const hedged = held.map((weight, i) => weight - (along * loads[i]!) / square);
        expect(volatility(rankOne, hedged)).toBeLessThan(1e-5 * Math.sqrt(size));
        expect(deviationContributions(rankOne, hedged).total).toBeLessThan(1e-6 * Math.sqrt(size));
      }),
      { numRuns: 300 },
    );
  });
});
