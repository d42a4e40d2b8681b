import {
  activeRiskBudgeting,
  customWeights,
  equalWeight,
  evaluatePortfolio,
  ewmaCovariance,
  groupedRiskBudgeting,
  inverseVolatility,
  ledoitWolf,
  monteCarloRisk,
  nearestPositiveSemiDefinite,
  riskBudgeting,
  riskParity,
  sampleCovariance,
  simulatedLosses,
  timeSeriesFactorModel,
} from '@risk-budget/risk-math';

/** The functions of risk-math that may run off the event loop, by name. */
export const kernels = {
  activeRiskBudgeting,
  customWeights,
  equalWeight,
  evaluatePortfolio,
  ewmaCovariance,
  groupedRiskBudgeting,
  inverseVolatility,
  ledoitWolf,
  monteCarloRisk,
  nearestPositiveSemiDefinite,
  riskBudgeting,
  riskParity,
  sampleCovariance,
  simulatedLosses,
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
