import {
  activeRiskBudgeting,
  blackLitterman,
  cappedRisk,
  customWeights,
  discreteMeanVariance,
  efficientFrontier,
  entropyPooling,
  equalWeight,
  factorRiskBudgeting,
  groupedRiskBudgeting,
  hierarchicalRiskParity,
  impliedReturns,
  inverseVariance,
  inverseVolatility,
  maximumDiversification,
  maximumReturn,
  maximumSharpe,
  meanExpectedShortfall,
  meanVariance,
  minimumEntropicVar,
  minimumExpectedShortfall,
  minimumVariance,
  minimumVarianceForReturn,
  paretoSet,
  riskBudgeting,
  riskParity,
  robustMeanVariance,
  sampleCovariance,
  semiDeviationBudgeting,
  shortfallBudgeting,
  shortfallFrontier,
  shrunkMean,
  smallestTrades,
  statisticalFactorModel,
  targetVolatility,
  walkForward,
} from '@risk-budget/risk-math';
import { benchmarkReturns } from '../../data/sample.js';
import type { Workload } from '../workload.js';

interface Input {
  readonly returns: ReturnType<typeof benchmarkReturns>;
  readonly covariance: ReturnType<typeof sampleCovariance>;
  readonly expectedReturns: Float64Array;
  readonly equal: Float64Array;
  readonly ids: readonly string[];
}

function inputOf(assets: number): Input {
  const returns = benchmarkReturns(assets);
  const covariance = sampleCovariance(returns);
  const expectedReturns = Float64Array.from({ length: assets }, (_, i) => 2e-4 + 1e-5 * ((i * 7) % 40));
  return { returns, covariance, expectedReturns, equal: new Float64Array(assets).fill(1 / assets), ids: returns.ids };
}

const job = (name: string, assets: number, call: (input: Input) => unknown): Workload => ({
  name: `${name}, ${assets}`,
  prepare: () => {
    const input = inputOf(assets);
    return () => call(input);
  },
});

const sized = [20, 100, 500].flatMap((assets): Workload[] => [
  job('minimum variance', assets, ({ covariance }) => minimumVariance({ covariance })),
  job('maximum Sharpe', assets, ({ covariance, expectedReturns }) => maximumSharpe({ covariance, expectedReturns })),
  job('maximum diversification', assets, ({ covariance }) => maximumDiversification({ covariance })),
  job('hierarchical risk parity, Ward, optimal leaf order', assets, ({ covariance }) =>
    hierarchicalRiskParity({ covariance, linkage: 'ward', optimalLeafOrder: true }),
  ),
]);

const turnover = [100, 500].map((assets) =>
  job('minimum variance under a limit of turnover', assets, ({ covariance, equal }) =>
    minimumVariance({ covariance, constraints: { turnover: { from: equal, limit: 0.3 } } }),
  ),
);

const small: readonly Workload[] = [
  job('frontier of ten points', 20, ({ covariance, expectedReturns }) =>
    efficientFrontier({ covariance, expectedReturns, points: 10 }),
  ),
  job('mean–variance with turnover and tracking error', 20, ({ covariance, expectedReturns, equal }) =>
    meanVariance({
      covariance,
      expectedReturns,
      riskAversion: 5,
      constraints: { turnover: { from: equal, limit: 0.3 }, trackingError: { benchmark: equal, limitAnnual: 0.03 } },
    }),
  ),
  job('minimum expected shortfall, 1,000 days', 20, ({ returns }) =>
    minimumExpectedShortfall({ returns, confidence: 0.95 }),
  ),
  job('minimum expected shortfall under a tracking error, 1,000 days', 20, ({ returns, equal }) =>
    minimumExpectedShortfall({
      returns,
      confidence: 0.95,
      constraints: { trackingError: { benchmark: equal, limitAnnual: 0.03 } },
    }),
  ),
  job('budgets of expected shortfall, 1,000 days', 20, ({ returns, equal }) =>
    shortfallBudgeting({ returns, confidence: 0.95, budgets: equal }),
  ),
  job('budgets of semi-deviation, 1,000 days', 20, ({ returns, equal }) =>
    semiDeviationBudgeting({ returns, budgets: equal }),
  ),
  job('budgets of expected shortfall under bounds, 1,000 days', 20, ({ returns, equal, ids }) =>
    shortfallBudgeting({
      returns,
      confidence: 0.95,
      budgets: equal,
      constraints: { bounds: ids.map((assetId) => ({ assetId, upper: 0.06 })) },
    }),
  ),
  job('budgets of semi-deviation under bounds, 1,000 days', 20, ({ returns, equal, ids }) =>
    semiDeviationBudgeting({
      returns,
      budgets: equal,
      constraints: { bounds: ids.map((assetId) => ({ assetId, upper: 0.06 })) },
    }),
  ),
  job('minimum entropic value at risk, 1,000 days', 20, ({ returns }) =>
    minimumEntropicVar({ returns, confidence: 0.95 }),
  ),
  job('robust mean–variance', 20, ({ covariance, expectedReturns }) =>
    robustMeanVariance({
      covariance,
      expectedReturns,
      riskAversion: 5,
      uncertainty: { matrix: covariance.values.map((value) => value / 1000), radius: 1 },
    }),
  ),
  job('five of the assets, proven', 20, ({ covariance, expectedReturns }) =>
    discreteMeanVariance({ covariance, expectedReturns, riskAversion: 20, maximumAssets: 5 }),
  ),
  job('a group’s share of risk capped', 20, ({ covariance, expectedReturns, ids }) =>
    cappedRisk({
      covariance,
      expectedReturns,
      riskAversion: 20,
      caps: [{ id: 'group', assetIds: ids.slice(0, 5), share: 0.1 }],
    }),
  ),
  job('smallest trade list under a cap', 20, ({ covariance, ids }) =>
    smallestTrades({
      covariance,
      from: Float64Array.from(ids, (_, i) => (i + 1) / 210),
      constraints: { groups: [{ id: 'last', assetIds: ids.slice(15), upper: 0.35 }] },
    }),
  ),
  job('walk forward, equal risk, 37 refits', 20, ({ returns }) =>
    walkForward({ returns, trainingDays: 260, testDays: 20 }, (training) => {
      return riskParity({ covariance: sampleCovariance(training) }).weights;
    }),
  ),
  job('Black–Litterman, two views', 20, ({ covariance, expectedReturns }) =>
    blackLitterman({
      covariance,
      priorReturns: expectedReturns,
      views: [0, 1].map((k) => ({
        id: `view${k}`,
        coefficients: Float64Array.from(expectedReturns, (_, i) => (i === k ? 1 : 0)),
        value: 5e-4,
      })),
    }),
  ),
  job('entropy pooling, one view, 1,000 days', 20, ({ returns }) =>
    entropyPooling(1000, [
      {
        id: 'mean',
        values: Float64Array.from({ length: 1000 }, (_, t) => returns.values[t * 20]!),
        lower: 1e-3,
        upper: 1e-3,
      },
    ]),
  ),
  job('Bayes–Stein means, 1,000 days', 20, ({ returns }) => shrunkMean(returns, 'bayesStein')),
];

const more: readonly Workload[] = [
  job('equal weight, inverse volatility, inverse variance and given weights under caps', 20, (input) => {
    const { covariance, equal, ids } = input;
    const constraints = { bounds: ids.map((assetId) => ({ assetId, upper: 0.06 })) };
    return [
      equalWeight({ covariance, constraints }),
      inverseVolatility({ covariance, constraints }),
      inverseVariance({ covariance, constraints }),
      customWeights({ covariance, constraints, weights: equal }),
    ];
  }),
  job('budgets of risk, scaled to a volatility', 20, ({ covariance }) => {
    const budgets = Float64Array.from({ length: 20 }, (_, i) => (i + 1) / 210);
    const { weights } = riskBudgeting({ covariance, budgets });
    return targetVolatility(covariance, weights, { volatilityAnnual: 0.1 });
  }),
  job('budgets of risk by four groups', 20, ({ covariance, ids }) => {
    const groups = [0, 1, 2, 3].map((k) => ({ id: `g${k}`, assetIds: ids.slice(5 * k, 5 * k + 5), share: 0.25 }));
    return groupedRiskBudgeting({ covariance, groups, within: { kind: 'equalRisk' } });
  }),
  job('budgets of active risk against weights', 20, ({ covariance, equal }) =>
    activeRiskBudgeting({
      covariance,
      budgets: equal,
      signs: Array.from(equal, (_, i) => (i % 2 === 0 ? 1 : -1)),
      scale: { kind: 'gross', value: 0.2 },
      benchmark: { kind: 'weights', weights: equal },
    }),
  ),
  job('budgets of risk of three statistical factors', 20, ({ returns }) => {
    const { model } = statisticalFactorModel(returns, { factors: 3 });
    return factorRiskBudgeting({ model, targetShares: [0.5, 0.2, 0.1] });
  }),
  job('least variance for a return, largest return for a volatility', 20, ({ covariance, expectedReturns }) => [
    minimumVarianceForReturn({ covariance, expectedReturns, targetReturn: 4e-4 }),
    maximumReturn({ covariance, expectedReturns, volatilityAnnual: 0.15 }),
  ]),
  job('mean and expected shortfall, 1,000 days', 20, ({ returns, expectedReturns }) =>
    meanExpectedShortfall({ returns, confidence: 0.95, expectedReturns, riskAversion: 0.05 }),
  ),
  job('frontier of expected shortfall, five points, 1,000 days', 20, ({ returns, expectedReturns }) =>
    shortfallFrontier({ returns, confidence: 0.95, expectedReturns, points: 5 }),
  ),
  job('Pareto set of return, variance and concentration, five steps', 20, ({ covariance, expectedReturns }) =>
    paretoSet({
      covariance,
      objectives: [{ kind: 'expectedReturn', expectedReturns }, { kind: 'variance' }, { kind: 'concentration' }],
      steps: 5,
    }),
  ),
  job('returns implied by weights', 500, ({ covariance, equal }) =>
    impliedReturns(covariance, equal, { riskAversion: 3 }),
  ),
];

export const workloads: readonly Workload[] = [...sized, ...turnover, ...small, ...more];
