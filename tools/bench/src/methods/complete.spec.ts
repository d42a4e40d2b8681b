import { readFileSync, readdirSync } from 'node:fs';
import * as riskMath from '@risk-budget/risk-math';

/**
 * What is no method with a time of its own: constants and names, constructors and checks of inputs, single numbers, parts of
 * others that are timed, and what only shares work out.
 */
const AIDS = new Set([
  'ANNUALISATION',
  'BENCHMARK_NODE_ID',
  'PORTFOLIO_NODE_ID',
  'QLIKE_FLOOR',
  'RandomStream',
  'RiskMathError',
  'TRADING_DAYS_PER_YEAR',
  'abandon',
  'activeWeights',
  'assist',
  'chiSquaredSurvival',
  'cluster',
  'columnOf',
  'combine',
  'concentrationOfGross',
  'covarianceBetween',
  'covarianceEstimations',
  'covarianceFrom',
  'createCovariance',
  'createFactorModel',
  'createReturns',
  'createScenarios',
  'createTeam',
  'decayWeights',
  'defaultRiskSpecification',
  'deviationContributions',
  'digamma',
  'drawdowns',
  'estimatedTogether',
  'ewmaVariance',
  'exceedances',
  'explainFigure',
  'fillNormals',
  'filteredReturns',
  'gaussianEsFactor',
  'gaussianVarFactor',
  'hasWork',
  'historicalEs',
  'historicalVar',
  'initialise',
  'instrumentBetas',
  'instrumentNodeId',
  'intradayFigure',
  'isCornishFisherDomain',
  'issuerNodeId',
  'kernelName',
  'largestEigenvalue',
  'leafContributions',
  'leafNodeId',
  'leavesOf',
  'logGamma',
  'multiply',
  'normalCdf',
  'normalDensity',
  'optimalLeafOrder',
  'pathRanges',
  'quadraticForm',
  'realisedVariance',
  'riskMeasures',
  'riskShares',
  'scenarioLosses',
  'sectorNodeId',
  'sectorTotalNodeId',
  'seriesBenchmark',
  'shortfallWeights',
  'simulatedReturns',
  'solutionStatuses',
  'squaredError',
  'stationaryDistribution',
  'strategyNodeId',
  'studentTCdf',
  'studentTFactors',
  'studentTLogDensity',
  'studentTQuantile',
  'subCovariance',
  'tailFigures',
  'toDense',
  'treeOf',
  'unrepaired',
  'utilizationOf',
  'viewsOf',
  'withDeviations',
]);

const sourcesOf = (folder: string): string[] =>
  readdirSync(new URL(folder, import.meta.url)).map((file) =>
    readFileSync(new URL(`${folder}${file}`, import.meta.url), 'utf8'),
  );

describe('the benchmarks', () => {
  it('time every method that the library exports', () => {
    const sources = ['./workloads/', '../peers/rows/', '../ticks/'].flatMap(sourcesOf).join('\n');
    const used = new Set(sources.match(/\w+/g));
    const untimed = Object.keys(riskMath).filter((name) => !used.has(name) && !AIDS.has(name));
    expect(untimed).toEqual([]);
    expect([...AIDS].filter((name) => !(name in riskMath))).toEqual([]);
  });
});
