import {
  acerbiSzekelyZ1,
  activeShare,
  ageWeightedFigures,
  baselZone,
  berkowitz,
  beta,
  concentration,
  cornishFisherFigures,
  createScenarios,
  defaultRiskSpecification,
  diversificationRatio,
  drawdownFigures,
  dynamicQuantile,
  effectiveBets,
  entropicVar,
  exposure,
  gaussianEs,
  gaussianVar,
  historicalFigures,
  largestNames,
  lossMoments,
  meanAbsoluteDeviation,
  sampleCovariance,
  semiDeviation,
  standardDeviation,
  studentTFigures,
  trackingError,
  volatility,
} from '@risk-budget/risk-math';
import { factorReturns } from '../../data/market-model.js';
import { portfolioReturns } from '../../data/portfolio-returns.js';
import { factorPortfolio, weightsOf } from '../../data/portfolios.js';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

const DAYS = 1000;
const { confidence } = defaultRiskSpecification;

/** A measure of one series of losses. */
const ofLosses = (name: string, call: (losses: Float64Array) => unknown): Workload => ({
  name: `${name}, ${DAYS} days`,
  prepare: () => {
    const losses = portfolioReturns(DAYS).map((value) => -value);
    return () => call(losses);
  },
});

/** A measure of a portfolio in factor form. */
const ofPortfolio = (
  name: string,
  call: (
    matrix: ReturnType<typeof factorPortfolio>['model']['matrix'],
    weights: Float64Array,
    benchmark: Float64Array,
  ) => unknown,
): Workload => ({
  name: `${name}, 5,000 × 50 factors`,
  prepare: () => {
    const input = factorPortfolio(5000, 50);
    const weights = weightsOf(input);
    const benchmark = new Float64Array(5000).fill(1 / 5000);
    return () => call(input.model.matrix, weights, benchmark);
  },
});

export const workloads: readonly Workload[] = [
  {
    name: `historical VaR and ES of a portfolio, 500 × ${DAYS}`,
    prepare: () => {
      const scenarios = createScenarios(factorReturns(500), defaultRiskSpecification);
      const weights = new Float64Array(500).fill(1 / 500);
      return () => historicalFigures(scenarios, weights, defaultRiskSpecification);
    },
  },
  ofLosses('age-weighted VaR and ES', (losses) => ageWeightedFigures(losses, confidence, 0.98)),
  ofLosses('entropic VaR', (losses) => entropicVar(losses, confidence)),
  ofLosses('Cornish–Fisher VaR and ES', (losses) =>
    cornishFisherFigures({ ...lossMoments(losses), skewness: 0.3, excessKurtosis: 1 }, defaultRiskSpecification),
  ),
  ofLosses('standard, semi- and mean absolute deviation', (losses) => [
    standardDeviation(losses),
    semiDeviation(losses),
    meanAbsoluteDeviation(losses),
  ]),
  ofLosses('drawdown: maximum, average, ulcer index, conditional', (losses) => drawdownFigures(losses, confidence)),
  ofPortfolio('volatility, Gaussian and Student t VaR and ES', (matrix, weights) => [
    volatility(matrix, weights),
    gaussianVar(matrix, weights, defaultRiskSpecification),
    gaussianEs(matrix, weights, defaultRiskSpecification),
    studentTFigures(matrix, weights, defaultRiskSpecification, 5),
  ]),
  ofPortfolio('tracking error, beta, active share', (matrix, weights, benchmark) => [
    trackingError(matrix, weights, benchmark),
    beta(matrix, weights, benchmark),
    activeShare(weights, benchmark),
  ]),
  ofPortfolio('diversification ratio', (matrix, weights) => diversificationRatio(matrix, weights)),
  {
    name: 'gross, net, concentration and the ten largest of 5,000 positions in 2,500 names',
    prepare: () => {
      const weights = weightsOf(factorPortfolio(5000, 1));
      const names = Array.from(weights, (_, i) => `issuer${i % 2500}`);
      return () => [exposure(weights), concentration(weights, names), largestNames(weights, names, 10)];
    },
  },
  {
    name: 'effective number of bets, 100 assets',
    prepare: () => {
      const covariance = sampleCovariance(factorReturns(100));
      const weights = new Float64Array(100).fill(0.01);
      return () => effectiveBets(covariance, weights);
    },
  },
  {
    name: `dynamic quantile, Z₁, Berkowitz and traffic light, ${DAYS} days`,
    prepare: () => {
      const random = new Random(4);
      const losses = Float64Array.from({ length: DAYS }, () => 0.01 * random.normal());
      const valuesAtRisk = Float64Array.from({ length: DAYS }, () => 0.0164 * (0.9 + 0.2 * random.uniform()));
      const expectedShortfalls = valuesAtRisk.map((value) => 1.25 * value);
      const transforms = Float64Array.from({ length: DAYS }, () => random.uniform());
      return () => [
        dynamicQuantile(losses, valuesAtRisk, 0.95),
        acerbiSzekelyZ1({ losses, valuesAtRisk, expectedShortfalls, confidence: 0.95 }),
        berkowitz(transforms),
        baselZone(6, 250, 0.99),
      ];
    },
  },
];
