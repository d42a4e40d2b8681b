export {
  RiskMathError,
  type RiskMathFailureDetails,
  type RiskMathFailureReason,
} from './foundation/risk-math-error.js';
export {
  ANNUALISATION,
  TRADING_DAYS_PER_YEAR,
  defaultRiskSpecification,
  riskMeasures,
  type HorizonScaling,
  type QuantileRule,
  type RiskMeasure,
  type RiskSpecification,
} from './foundation/conventions.js';

export { initialise, kernelName, type KernelName } from './kernels/engine.js';

export { type Estimation } from './kernels/estimation.js';
export { type Team, abandon, assist, createTeam, estimatedTogether, hasWork } from './kernels/team.js';
export { covarianceEstimations } from './covariance/estimations.js';

export { columnOf, createReturns, type Returns } from './model/returns.js';
export { createCovariance, unrepaired, type Covariance, type CovarianceRepair } from './model/covariance.js';
export { createFactorModel, type FactorModel, type FactorModelParts } from './model/factor-model.js';
export {
  covarianceBetween,
  multiply,
  quadraticForm,
  subCovariance,
  toDense,
  type RiskModelMatrix,
} from './model/risk-model-matrix.js';

export { simpleReturns } from './returns/simple-returns.js';
export { proxyReturns, type ProxyReturns } from './returns/proxy-returns.js';
export { createScenarios, overlappingReturns, type ScenarioSet } from './returns/scenarios.js';

export { sampleCovariance } from './covariance/sample.js';
export { decayWeights, ewmaCovariance, type Decay, type EwmaMean } from './covariance/ewma.js';
export { ledoitWolf, type LedoitWolfOptions, type ShrinkageTarget } from './covariance/ledoit-wolf.js';
export type { ShrunkCovariance } from './covariance/shrinkage.js';
export { oracleApproximatingShrinkage } from './covariance/oracle-approximating.js';
export { nonlinearShrinkage, type NonlinearShrinkage } from './covariance/nonlinear-shrinkage.js';
export { denoisedCovariance, type DenoisedCovariance } from './covariance/denoising.js';
export { gerberCovariance } from './covariance/gerber.js';
export { detonedCovariance } from './covariance/detoning.js';
export { semiCovariance } from './covariance/semi-covariance.js';
export { neweyWestCovariance } from './covariance/newey-west.js';
export {
  regimeAdjustedEwma,
  type RegimeAdjustedCovariance,
  type RegimeAdjustment,
} from './covariance/regime-adjusted.js';
export { poetCovariance, type PoetCovariance, type PoetOptions } from './covariance/poet.js';
export { pairwiseCovariance, type IncompleteReturns, type PairwiseCovariance } from './covariance/pairwise.js';
export { nearestPositiveSemiDefinite } from './covariance/nearest-positive-semi-definite.js';
export { conditionNumber, largestEigenvalue } from './covariance/condition-number.js';
export { correlationsOf } from './covariance/correlation.js';
export { timeSeriesFactorModel, type TimeSeriesFactorModel } from './factor-model/time-series.js';
export {
  crossSectionalFactorModel,
  type CrossSectionalFactorModel,
  type GivenExposures,
} from './factor-model/cross-sectional.js';
export {
  statisticalFactorModel,
  type StatisticalFactorModel,
  type StatisticalFactorOptions,
} from './factor-model/statistical.js';
export type { FactorCount } from './factor-model/number-of-factors.js';
export { relativeFactors } from './factor-model/relative-factors.js';

export { normalDensity, normalQuantile } from './distribution/normal.js';
export { digamma, logGamma } from './distribution/gamma.js';
export { chiSquaredSurvival, normalCdf } from './distribution/incomplete-gamma.js';
export { studentTCdf, studentTLogDensity, studentTQuantile } from './distribution/student-t.js';

export type {
  GarchFit,
  GarchModel,
  GarchOptions,
  GarchParameters,
  GarchSpecification,
  GarchStandardErrors,
  Innovations,
} from './volatility/garch/types.js';
export { fitGarch } from './volatility/garch/fit.js';
export { filterGarch, type GarchFilter } from './volatility/garch/filter.js';
export { garchForecast, type GarchState } from './volatility/garch/forecast.js';
export type { VarianceForecast } from './volatility/variance-forecast.js';
export { ewmaForecast, ewmaVariance, type EwmaVariance } from './volatility/ewma.js';
export { rangeVariances, yangZhangVariances, type DailyBars, type RangeEstimator } from './volatility/range.js';
export {
  fitHar,
  harForecast,
  type HarCoefficients,
  type HarFit,
  type HarForm,
  type HarOptions,
} from './volatility/har.js';

export { fitRegimes, type RegimeOptions } from './regimes/fit.js';
export { filterRegimes } from './regimes/filter.js';
export { regimeForecast, type RegimeForecast } from './regimes/forecast.js';
export { stationaryDistribution } from './regimes/chain.js';
export type {
  RegimeFit,
  RegimeParameters,
  RegimeProbabilities,
  RegimeSpecification,
  RegimeStart,
} from './regimes/types.js';

export {
  covarianceFrom,
  dccForecast,
  filterDcc,
  fitCompositeDcc,
  fitDcc,
  type DccFit,
  type DccState,
} from './correlation/dcc.js';
export { combine, pastLossWeights, type LossWeighting } from './combination/past-loss.js';
export {
  fitVectorAutoregression,
  forecastVectorAutoregression,
  type VectorAutoregression,
  type VectorForecast,
} from './factor-forecast/vector-autoregression.js';
export { varianceChangePoints, type ChangePointOptions, type ChangePoints } from './change-points/variance-changes.js';
export { breachProbability, type BreachProbability } from './breach/first-passage.js';
export { simulateBreaches } from './breach/simulate-breaches.js';
export type {
  BreachSimulation,
  ModelMemory,
  PathBenchmark,
  PathFigure,
  PathLimit,
  PathTail,
} from './breach/path-limits.js';

export {
  QLIKE_FLOOR,
  qlike,
  realisedVariance,
  squaredError,
  type ForecastLosses,
  type QlikeLosses,
} from './scores/losses.js';
export { covarianceLoss, type CovarianceLoss } from './scores/covariance-loss.js';
export { mixtureLogScore } from './scores/mixture-log-score.js';
export { mincerZarnowitz, type MincerZarnowitzResult } from './scores/mincer-zarnowitz.js';
export { dieboldMariano, type DieboldMarianoResult } from './scores/diebold-mariano.js';
export { brierScore, type BrierScore, type ReliabilityBin } from './scores/brier.js';

export { exceedances, type Exceedances, type TestResult } from './backtests/exceedances.js';
export { kupiec } from './backtests/kupiec.js';
export { dynamicQuantile } from './backtests/dynamic-quantile.js';
export { berkowitz, type BerkowitzResult } from './backtests/berkowitz.js';
export { christoffersen, type ChristoffersenResult } from './backtests/christoffersen.js';
export { baselZone, type BaselResult, type BaselZone } from './backtests/basel-zones.js';
export {
  acerbiSzekelyZ1,
  acerbiSzekelyZ2,
  type ShortfallForecasts,
  type ShortfallStatistic,
} from './backtests/acerbi-szekely.js';
export { acerbiSzekelyZ3, type DistributionForecasts, type RankStatistic } from './backtests/acerbi-szekely-ranks.js';

export {
  gaussianEs,
  gaussianEsFactor,
  gaussianVar,
  gaussianVarFactor,
  volatility,
  type GaussianSpecification,
} from './measures/gaussian.js';
export {
  historicalEs,
  historicalFigures,
  historicalVar,
  scenarioLosses,
  shortfallWeights,
  tailFigures,
  type ScenarioWeights,
  type TailFigures,
} from './measures/historical.js';
export { activeShare, activeWeights, beta, instrumentBetas, trackingError } from './measures/benchmark-relative.js';
export { exposure, type Exposure } from './measures/exposure.js';
export { concentration, concentrationOfGross, largestNames, type Concentration } from './measures/concentration.js';

export {
  deviationContributions,
  gaussianEsContributions,
  gaussianVarContributions,
  trackingErrorContributions,
  volatilityContributions,
  type RiskContributions,
} from './contributions/euler.js';
export {
  historicalEsContributions,
  historicalVarContributions,
  type HistoricalVarContributions,
} from './contributions/historical.js';
export {
  incrementalGaussianEs,
  incrementalGaussianVar,
  incrementalHistorical,
  incrementalHistoricalOfPart,
  incrementalOfPart,
  incrementalTrackingError,
  incrementalVolatility,
} from './contributions/incremental.js';
export { aggregate } from './contributions/aggregate.js';

export {
  BENCHMARK_NODE_ID,
  PORTFOLIO_NODE_ID,
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
} from './evaluation/node-ids.js';
export type {
  BenchmarkInput,
  EvaluatedNode,
  EvaluatedNodeKind,
  EvaluationModel,
  HistoricalBasis,
  MeasureValues,
  NodeConcentration,
  PortfolioEvaluation,
  PortfolioEvaluationInput,
  PortfolioLeaf,
  PortfolioTotals,
} from './evaluation/types.js';
export { evaluatePortfolio } from './evaluation/evaluate-portfolio.js';
export { treeOf, viewsOf, type NodeIdentity, type NodeOutline, type PlacedLeaf } from './evaluation/hierarchy.js';
export { utilizationOf, type Utilization } from './evaluation/utilization.js';

export { riskBudgeting, riskParity } from './allocation/risk-budgeting.js';
export { groupedRiskBudgeting } from './allocation/grouped-risk-budgeting.js';
export {
  activeRiskBudgeting,
  seriesBenchmark,
  type ActiveBenchmark,
  type ActiveRiskProblem,
} from './allocation/active-risk.js';
export {
  customWeights,
  equalWeight,
  inverseVariance,
  inverseVolatility,
  type Grouping,
} from './allocation/target-weights.js';
export { riskShares } from './allocation/solution.js';
export type { AssetGroup } from './allocation/groups.js';
export { solutionStatuses, type SolutionStatus } from './allocation/types.js';
export type {
  ActiveRiskSolution,
  AllocationProblem,
  BindingConstraint,
  BudgetGroup,
  GroupConstraint,
  GroupShare,
  GroupedSolution,
  Solution,
  WeightBound,
  WeightConstraints,
  WeightScale,
  WithinGroup,
} from './allocation/types.js';

export { leafContributions, type LeafContributions } from './evaluation/leaf-contributions.js';
export { withDeviations } from './model/rescaled.js';

export { factorRiskContributions, type FactorRiskContributions } from './contributions/factor.js';
export { factorXSigmaRho, xSigmaRho, type XSigmaRho } from './contributions/x-sigma-rho.js';
export { factorProjection, type FactorProjection } from './contributions/projection.js';
export { percentageContributions, sumByGroup } from './contributions/shares.js';
export { shapleyValues } from './contributions/shapley.js';
export {
  explainChange,
  type ChangeSource,
  type ExplainedChange,
  type ExplainedChangeInput,
  type ExplainedLeaf,
  type ExplainedNode,
  type ExplainedState,
  type NodeChange,
  type Respecification,
} from './contributions/explained-change.js';

export { explainFigure, type ExplainedFigure } from './contributions/explained-figure.js';

export type { Shock, StressModel } from './stress/shocks.js';
export { conditionalShock, type ShockedReturns } from './stress/conditional-expectation.js';
export { stressRiskModel, type CorrelationStress, type RiskModelStress } from './stress/risk-model-stress.js';
export { replayEpisode, type EpisodeLoss, type EpisodeReplay } from './stress/episode.js';
export { reverseStress, type ReverseStress, type ScenarioBound } from './stress/reverse-stress.js';
export {
  correlationSensitivity,
  deviationSensitivities,
  factorSensitivities,
  type DeviationSensitivities,
  type FactorSensitivity,
} from './stress/sensitivities.js';

export {
  brinsonFachler,
  type AttributionEffects,
  type AttributionGroup,
  type BrinsonFachler,
} from './attribution/brinson-fachler.js';
export { carinoLinking, mencheroLinking, type LinkedEffects } from './attribution/linking.js';
export { factorReturnAttribution, type FactorReturnAttribution } from './attribution/factor-returns.js';
export {
  riskAdjustedAttribution,
  type RiskAdjustedAttribution,
  type RiskAdjustedSource,
} from './attribution/risk-adjusted.js';
export {
  minimumVariance,
  meanVariance,
  minimumVarianceForReturn,
  maximumReturn,
  type ReturnProblem,
} from './optimisation/mean-variance.js';
export { minimumEntropicVar } from './optimisation/minimum-entropic-var.js';
export { robustMeanVariance, type ReturnUncertainty } from './optimisation/robust-mean-variance.js';
export { maximumDiversification, maximumSharpe } from './optimisation/maximum-ratio.js';
export { efficientFrontier, type FrontierPoint } from './optimisation/efficient-frontier.js';
export { targetVolatility, type VolatilityTarget } from './optimisation/volatility-target.js';
export type {
  EllipsoidConstraint,
  LinearConstraint,
  OptimisationProblem,
  PortfolioConstraints,
  TrackingErrorConstraint,
  ShortfallConstraint,
  TradingCosts,
  TurnoverConstraint,
} from './optimisation/types.js';
export {
  meanExpectedShortfall,
  minimumExpectedShortfall,
  shortfallFrontier,
  type ScenarioProblem,
} from './optimisation/expected-shortfall.js';
export {
  semiDeviationBudgeting,
  shortfallBudgeting,
  type ScenarioBudgetProblem,
} from './optimisation/scenario-budgeting.js';

export {
  hierarchicalRiskParity,
  type HierarchicalProblem,
  type HierarchicalSolution,
} from './hierarchical/hierarchical-risk-parity.js';
export { cluster, leavesOf, type Linkage, type Merge } from './hierarchical/linkage.js';
export { optimalLeafOrder } from './hierarchical/leaf-order.js';
export {
  walkForward,
  type Decision,
  type Refit,
  type WalkForwardProblem,
  type WalkForwardResult,
} from './walk-forward/walk-forward.js';
export {
  blackLitterman,
  impliedReturns,
  type BlackLittermanPosterior,
  type BlackLittermanProblem,
  type ReturnView,
} from './views/black-litterman.js';
export { entropyPooling, type EntropyPooling, type ScenarioView } from './views/entropy-pooling.js';
export { shrunkMean, type MeanShrinkage, type MeanTarget, type ShrunkMean } from './expected-returns/shrunk-mean.js';
export { discreteMeanVariance, type DiscreteProblem } from './discrete/discrete-mean-variance.js';
export { cappedRisk, type CappedRiskProblem, type RiskCap } from './optimisation/risk-cap.js';
export { smallestTrades, type Trade, type TradeList, type TradeListProblem } from './trades/smallest-trades.js';

export { RandomStream, fillNormals } from './random/random-stream.js';
export {
  filterVolatility,
  filteredReturns,
  type FilteredReturns,
  type VarianceRecursion,
  type VolatilityFilter,
} from './returns/volatility-filter.js';
export type { ReturnGenerator, Simulation } from './monte-carlo/simulation.js';
export {
  monteCarloRisk,
  monteCarloVarContributions,
  pathRanges,
  simulatedLosses,
  simulatedReturns,
  type MonteCarloRisk,
  type PathRange,
} from './monte-carlo/monte-carlo.js';

export { meanAbsoluteDeviation, semiDeviation, standardDeviation } from './measures/dispersion.js';
export { entropicVar, type EntropicVar } from './measures/entropic.js';
export { drawdownFigures, drawdowns, type DrawdownFigures } from './measures/drawdown.js';
export { ageWeightedFigures } from './measures/age-weighted.js';
export {
  cornishFisherFigures,
  isCornishFisherDomain,
  lossMoments,
  type LossMoments,
} from './measures/cornish-fisher.js';
export { peaksOverThreshold, type PeaksOverThreshold, type TailThreshold } from './measures/peaks-over-threshold.js';
export { diversificationRatio, effectiveBets, type EffectiveBets } from './measures/diversification.js';
export { studentTFactors, studentTFigures } from './measures/student-t.js';
export { fitStudentT, type StudentTFit } from './measures/fit-student-t.js';
export {
  factorRiskBudgeting,
  type FactorBudgetProblem,
  type FactorBudgetSolution,
} from './optimisation/factor-budgets.js';
export { paretoSet, type Objective, type ParetoPoint } from './optimisation/pareto-set.js';

export { IntradayPortfolio, type IntradayMeasure, type IntradayOptions } from './intraday/intraday-portfolio.js';
export { IntervalWatch, intradayFigure, type IntradayFigure, type WatchedFigure } from './intraday/interval-watch.js';
