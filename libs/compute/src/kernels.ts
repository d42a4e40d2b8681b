import {
  activeRiskBudgeting,
  conditionalShock,
  crossSectionalFactorModel,
  covarianceEstimations,
  customWeights,
  denoisedCovariance,
  type Estimation,
  type Team,
  assist,
  equalWeight,
  estimatedTogether,
  evaluatePortfolio,
  ewmaCovariance,
  fitCompositeDcc,
  fitDcc,
  fitGarch,
  fitHar,
  fitRegimes,
  gerberCovariance,
  groupedRiskBudgeting,
  inverseVolatility,
  hasWork,
  ledoitWolf,
  monteCarloRisk,
  nearestPositiveSemiDefinite,
  neweyWestCovariance,
  nonlinearShrinkage,
  oracleApproximatingShrinkage,
  pairwiseCovariance,
  poetCovariance,
  regimeAdjustedEwma,
  replayEpisode,
  reverseStress,
  riskBudgeting,
  riskParity,
  sampleCovariance,
  semiCovariance,
  simulatedLosses,
  statisticalFactorModel,
  stressRiskModel,
  timeSeriesFactorModel,
} from '@risk-budget/risk-math';

/** The functions of risk-math that may run off the event loop, by name. */
export const kernels = {
  activeRiskBudgeting,
  conditionalShock,
  crossSectionalFactorModel,
  customWeights,
  denoisedCovariance,
  equalWeight,
  evaluatePortfolio,
  ewmaCovariance,
  fitCompositeDcc,
  fitDcc,
  fitGarch,
  fitHar,
  fitRegimes,
  gerberCovariance,
  groupedRiskBudgeting,
  inverseVolatility,
  ledoitWolf,
  monteCarloRisk,
  nearestPositiveSemiDefinite,
  neweyWestCovariance,
  nonlinearShrinkage,
  oracleApproximatingShrinkage,
  pairwiseCovariance,
  poetCovariance,
  regimeAdjustedEwma,
  replayEpisode,
  reverseStress,
  riskBudgeting,
  riskParity,
  sampleCovariance,
  semiCovariance,
  simulatedLosses,
  statisticalFactorModel,
  stressRiskModel,
  timeSeriesFactorModel,
};

export type KernelName = keyof typeof kernels;
export type KernelArguments<K extends KernelName> = Parameters<(typeof kernels)[K]>;
export type KernelResult<K extends KernelName> = ReturnType<(typeof kernels)[K]>;

/** The same functions, in the form in which a generic name can call them. */
const byName: { readonly [K in KernelName]: (...input: KernelArguments<K>) => KernelResult<K> } = kernels;

/** Runs a kernel here and now. */
export function runKernel<K extends KernelName>(name: K, input: KernelArguments<K>): KernelResult<K> {
  return byName[name](...input);
}

/** Kernels whose one large product several workers can make together. */
export type SharedKernelName = keyof typeof covarianceEstimations & KernelName;

export function isSharedKernel(name: KernelName): name is SharedKernelName {
  return name in covarianceEstimations;
}

const estimations: {
  readonly [K in SharedKernelName]: (...input: KernelArguments<K>) => Estimation<KernelResult<K>>;
} = covarianceEstimations;

/** The estimation of a kernel, its product made with whoever assists; `null` when the team was stopped. */
export function leadKernel<K extends SharedKernelName>(
  name: K,
  input: KernelArguments<K>,
  team: Team,
): KernelResult<K> | null {
  return estimatedTogether(estimations[name](...input), team);
}

/** Makes blocks of a team's product until none is left; nothing when all are under way already. */
export function assistKernel<K extends SharedKernelName>(name: K, input: KernelArguments<K>, team: Team): void {
  if (!hasWork(team, Math.sqrt(team.target.length))) return;
  assist(estimations[name](...input).products, team);
}
