import { seededReturns } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { shapleyValues } from '../contributions/shapley.js';
import { factorRiskContributions } from '../contributions/factor.js';
import { incrementalHistoricalOfPart, incrementalOfPart } from '../contributions/incremental.js';
import { factorProjection } from '../contributions/projection.js';
import { factorXSigmaRho, xSigmaRho } from '../contributions/x-sigma-rho.js';
import { dccForecast } from '../correlation/dcc.js';
import { decayWeights, ewmaCovariance } from '../covariance/ewma.js';
import { gerberCovariance } from '../covariance/gerber.js';
import { ledoitWolf } from '../covariance/ledoit-wolf.js';
import { sampleCovariance } from '../covariance/sample.js';
import { normalDensity } from '../distribution/normal.js';
import { studentTLogDensity } from '../distribution/student-t.js';
import { shrunkMean } from '../expected-returns/shrunk-mean.js';
import { fitVectorAutoregression, forecastVectorAutoregression } from '../factor-forecast/vector-autoregression.js';
import { cluster } from '../hierarchical/linkage.js';
import { activeShare, activeWeights, beta } from '../measures/benchmark-relative.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { type Returns, createReturns } from '../model/returns.js';
import { fitRegimes } from '../regimes/fit.js';
import { regimeForecast } from '../regimes/forecast.js';
import type { RegimeSpecification } from '../regimes/types.js';
import { createScenarios, overlappingReturns } from '../returns/scenarios.js';
import { correlationSensitivity } from '../stress/sensitivities.js';
import { garchForecast } from '../volatility/garch/forecast.js';
import { filterGarch } from '../volatility/garch/filter.js';
import type { GarchParameters } from '../volatility/garch/types.js';
import type { RiskMathFailureReason } from './risk-math-error.js';

const covariance = createCovariance(new Float64Array([4, 1, 1, 9]), 2);
const model = createFactorModel(2, 1, {
  exposures: new Float64Array([1, 2]),
  factorCovariance: new Float64Array([1]),
  specificVariances: new Float64Array([1, 1]),
});
const weights = new Float64Array([0.4, 0.6]);
const holed = new Float64Array([0.4, NaN]);
const garch = { model: 'garch', innovations: 'normal', mean: 'zero' } as const;
const parameters: GarchParameters = {
  mean: 0,
  omega: 0.02,
  alpha: 0.1,
  gamma: 0,
  beta: 0.85,
  degreesOfFreedom: null,
  skew: null,
};
const state = { specification: garch, parameters, persistence: 0.95, nextVariance: 1e-4 };
const chain = {
  means: new Float64Array([0, 0]),
  variances: new Float64Array([1e-5, 1e-4]),
  transition: new Float64Array([0.9, 0.1, 0.2, 0.8]),
  initial: new Float64Array([0.5, 0.5]),
};
const next = new Float64Array([0.3, 0.7]);
const correlations = new Float64Array([1, 0.5, 0.5, 1]);
const dcc = { a: 0.05, b: 0.9, longRun: correlations, next: correlations };
const returns = seededReturns(7, 120, 2);
const series = returns.values.filter((_, at) => at % 2 === 0);
const vector = fitVectorAutoregression(returns, 1);
const specification = { horizonDays: 5, scaling: 'sqrt' } as const;
/** A literal, past the check of `createReturns`. */
const literal = (values: Float64Array): Returns => ({ values, observations: 120, assets: 2 });
const long = new Float64Array(250);
const missing = literal(returns.values.with(5, NaN));

const scenarios = createScenarios(returns, { horizonDays: 1, scaling: 'sqrt' });
const whole = { total: 0.2, marginals: new Float64Array([0.1, 0.3]) };
const tail = { confidence: 0.95, quantileRule: 'type7' } as const;

const refusals: readonly (readonly [string, () => unknown, RiskMathFailureReason, string])[] = [
  ['active weights of NaN', () => activeWeights(holed, weights), 'invalidInput', 'weights'],
  ['active weights against NaN', () => activeWeights(weights, holed), 'invalidInput', 'benchmarkWeights'],
  ['an active share of NaN', () => activeShare(holed, weights), 'invalidInput', 'weights'],
  ['a beta of NaN', () => beta(covariance, holed, weights), 'invalidInput', 'weights'],
  ['x-sigma-rho times NaN', () => xSigmaRho(covariance, weights, NaN), 'invalidInput', 'multiplier'],
  ['x-sigma-rho by factor times NaN', () => factorXSigmaRho(model, weights, NaN), 'invalidInput', 'multiplier'],
  ['factor contributions times NaN', () => factorRiskContributions(model, weights, NaN), 'invalidInput', 'multiplier'],
  ['a projection times NaN', () => factorProjection(covariance, weights, [weights], NaN), 'invalidInput', 'multiplier'],
  ['a part of NaN', () => incrementalOfPart(whole, { rows: [0], weights: [NaN] }, 0.1), 'invalidInput', 'weights'],
  ['a part of row 2 of 2', () => incrementalOfPart(whole, { rows: [2], weights: [1] }, 0.1), 'invalidInput', 'rows'],
  [
    'a part alone of NaN',
    () => incrementalOfPart(whole, { rows: [0], weights: [1] }, NaN),
    'invalidInput',
    'standAlone',
  ],
  [
    'a part of more rows than weights',
    () => incrementalHistoricalOfPart(scenarios, series, { rows: [0, 1], weights: [1] }, tail),
    'invalidInput',
    'weights',
  ],
  [
    'a part of a portfolio that loses NaN',
    () => incrementalHistoricalOfPart(scenarios, series.with(3, NaN), { rows: [0], weights: [1] }, tail),
    'invalidInput',
    'losses',
  ],
  ['weights of a decay of NaN', () => decayWeights(5, NaN), 'invalidInput', 'lambda'],
  ['weights of half a day', () => decayWeights(0.5, 0.9), 'invalidInput', 'observations'],
  ['the normal density at NaN', () => normalDensity(NaN), 'outOfDomain', 'x'],
  ['Student’s density at NaN', () => studentTLogDensity(NaN, 4), 'outOfDomain', 'x'],
  ['Student’s density at infinity', () => studentTLogDensity(Infinity, 4), 'outOfDomain', 'x'],
  ['Shapley values of NaN', () => shapleyValues([weights, holed], 1, 2), 'invalidInput', 'values'],
  ['distances of NaN', () => cluster(new Float64Array([0, NaN, NaN, 0]), 2, 'ward'), 'invalidInput', 'distances'],
  [
    'endless distances',
    () => cluster(new Float64Array([0, Infinity, Infinity, 0]), 2, 'single'),
    'invalidInput',
    'distances',
  ],
  ['too few distances', () => cluster(new Float64Array(3), 2, 'single'), 'invalidInput', 'distances'],
  ['the correlation of row −1', () => correlationSensitivity(covariance, weights, -1, 0), 'invalidInput', 'first'],
  ['the correlation of row 0.5', () => correlationSensitivity(covariance, weights, 0, 0.5), 'invalidInput', 'second'],
  ['the correlation of row 2 of 2', () => correlationSensitivity(covariance, weights, 0, 2), 'invalidInput', 'second'],
  [
    'the correlation of a row with itself',
    () => correlationSensitivity(covariance, weights, 1, 1),
    'invalidInput',
    'second',
  ],
  [
    'the mean of no assets',
    () => shrunkMean(createReturns(new Float64Array(0), 20, 0), 'jamesStein'),
    'outOfDomain',
    'returns',
  ],
  ['a negative next variance', () => garchForecast({ ...state, nextVariance: -1 }, 5), 'invalidInput', 'nextVariance'],
  ['a persistence of NaN', () => garchForecast({ ...state, persistence: NaN }, 5), 'invalidInput', 'persistence'],
  ['a negative persistence', () => garchForecast({ ...state, persistence: -1 }, 5), 'invalidInput', 'persistence'],
  ['an endless variance', () => garchForecast({ ...state, persistence: 1e300 }, 5), 'outOfDomain', 'horizonDays'],
  [
    'a forecast of a negative omega',
    () => garchForecast({ ...state, parameters: { ...parameters, omega: -1 } }, 5),
    'invalidInput',
    'parameters.omega',
  ],
  [
    'an EGARCH of NaN',
    () =>
      garchForecast(
        { ...state, specification: { ...garch, model: 'egarch' }, parameters: { ...parameters, beta: NaN } },
        5,
      ),
    'invalidInput',
    'parameters.beta',
  ],
  [
    'a filter of a negative omega',
    () => filterGarch(series, garch, { ...parameters, omega: -1e-6 }),
    'invalidInput',
    'parameters.omega',
  ],
  [
    'a filter of a negative alpha',
    () => filterGarch(series, garch, { ...parameters, alpha: -0.01 }),
    'invalidInput',
    'parameters.alpha',
  ],
  [
    'a filter of a negative beta',
    () => filterGarch(series, garch, { ...parameters, beta: -0.01 }),
    'invalidInput',
    'parameters.beta',
  ],
  [
    'a filter whose falls calm',
    () => filterGarch(series, { ...garch, model: 'gjr' }, { ...parameters, gamma: -0.2 }),
    'invalidInput',
    'parameters.gamma',
  ],
  [
    'regimes from no state',
    () => regimeForecast({ parameters: chain, next: new Float64Array(0) }, 5),
    'invalidInput',
    'next',
  ],
  ['regimes from NaN', () => regimeForecast({ parameters: chain, next: holed }, 5), 'invalidInput', 'next'],
  [
    'regimes from what is no distribution',
    () => regimeForecast({ parameters: chain, next: new Float64Array([1, 1]) }, 5),
    'invalidInput',
    'next',
  ],
  [
    'regimes of negative variance',
    () => regimeForecast({ parameters: { ...chain, variances: new Float64Array([1, -1]) }, next }, 5),
    'invalidInput',
    'variances',
  ],
  [
    'a chain that loses probability',
    () => regimeForecast({ parameters: { ...chain, transition: new Float64Array([0.9, 0, 0.2, 0.8]) }, next }, 5),
    'invalidInput',
    'transition',
  ],
  ['no regimes', () => fitRegimes(series, { states: 0 } as unknown as RegimeSpecification), 'invalidInput', 'states'],
  [
    'a warm start of one state',
    () =>
      fitRegimes(
        series,
        { states: 2 },
        {
          warmStart: {
            means: new Float64Array(1),
            variances: new Float64Array([1]),
            transition: new Float64Array([1]),
            initial: new Float64Array([1]),
          },
        },
      ),
    'invalidInput',
    'warmStart',
  ],
  ['correlations that explode', () => dccForecast({ ...dcc, b: 1.2 }, 5), 'outOfDomain', 'parameters'],
  ['correlations of NaN', () => dccForecast({ ...dcc, next: correlations.with(1, NaN) }, 5), 'invalidInput', 'next'],
  ['a correlation of 2', () => dccForecast({ ...dcc, longRun: correlations.with(1, 2) }, 5), 'invalidInput', 'longRun'],
  [
    'correlations of another size',
    () => dccForecast({ ...dcc, next: new Float64Array([1]) }, 5),
    'invalidInput',
    'next',
  ],
  ['a vector of NaN', () => forecastVectorAutoregression({ ...vector, last: holed }, 5), 'invalidInput', 'last'],
  [
    'too few effects',
    () => forecastVectorAutoregression({ ...vector, coefficients: weights }, 5),
    'invalidInput',
    'coefficients',
  ],
  [
    'residuals of negative variance',
    () => forecastVectorAutoregression({ ...vector, residualCovariance: new Float64Array([-1, 0, 0, 1]) }, 5),
    'notPositiveSemiDefinite',
    'residualCovariance',
  ],
  [
    'a vector that explodes',
    () => forecastVectorAutoregression({ ...vector, coefficients: new Float64Array(4).fill(1e200) }, 5),
    'outOfDomain',
    'horizonDays',
  ],
  ['scenarios of NaN', () => createScenarios(missing, specification), 'invalidInput', 'returns'],
  ['overlapping scenarios of NaN', () => overlappingReturns(missing, 5), 'invalidInput', 'returns'],
  [
    'the covariance of too few numbers',
    () => sampleCovariance(literal(new Float64Array(200))),
    'invalidInput',
    'returns',
  ],
  ['the covariance of too many numbers', () => sampleCovariance(literal(long)), 'invalidInput', 'returns'],
  [
    'shrinkage of too few numbers',
    () => ledoitWolf(literal(new Float64Array(200)), 'singleFactor'),
    'invalidInput',
    'returns',
  ],
  ['shrinkage of too many numbers', () => ledoitWolf(literal(long), 'singleFactor'), 'invalidInput', 'returns'],
  ['a decay over too many numbers', () => ewmaCovariance(literal(long), { lambda: 0.9 }), 'invalidInput', 'returns'],
  ['Gerber’s statistic of too few numbers', () => gerberCovariance(literal(series)), 'invalidInput', 'returns'],
];

describe('what is no number, no row, no state or no length is refused by its name', () => {
  it.each(refusals)('%s', (_, ask, reason, field) => {
    const failure = failureOf(ask);
    expect([failure.reason, failure.details.field]).toEqual([reason, field]);
  });

  it('while a multiplier of 0 makes every figure 0, and keeps the correlations', () => {
    const none = factorXSigmaRho(model, weights, 0);
    expect([...none.contributions, none.total, none.specificTotal]).toEqual([0, 0, 0]);
    expect(none.correlations).toEqual(factorXSigmaRho(model, weights, 1).correlations);
  });

  it('while states as fits leave them are taken', () => {
    expect(garchForecast(state, 5).daily.every((value) => value > 0)).toBe(true);
    expect(regimeForecast({ parameters: chain, next }, 5).probabilities).toHaveLength(10);
    expect(dccForecast(dcc, 5)).toEqual(correlations);
    expect(forecastVectorAutoregression(vector, 5).means).toHaveLength(10);
  });
});
