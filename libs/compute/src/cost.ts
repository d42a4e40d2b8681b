import type {
  Covariance,
  PathRange,
  PortfolioEvaluationInput,
  Returns,
  RiskModelMatrix,
  Simulation,
} from '@risk-budget/risk-math';
import type { KernelArguments, KernelName } from './kernels.js';

/** An estimate of the floating-point operations of each kernel, good to a small factor: enough to keep small jobs at home. */
const estimates: { readonly [K in KernelName]: (input: KernelArguments<K>) => number } = {
  sampleCovariance: ([returns]) => crossProduct(returns),
  ewmaCovariance: ([returns]) => crossProduct(returns),
  ledoitWolf: ([returns]) => crossProduct(returns),
  oracleApproximatingShrinkage: ([returns]) => crossProduct(returns),
  gerberCovariance: ([returns]) => crossProduct(returns),
  semiCovariance: ([returns]) => crossProduct(returns),
  neweyWestCovariance: ([returns]) => crossProduct(returns),
  regimeAdjustedEwma: ([returns]) => crossProduct(returns),
  pairwiseCovariance: ([returns]) => 5 * crossProduct(returns) + 4 * returns.assets ** 3,
  nonlinearShrinkage: ([returns]) => crossProduct(returns) + spectral(returns),
  denoisedCovariance: ([returns]) => crossProduct(returns) + spectral(returns),
  poetCovariance: ([returns]) => 3 * crossProduct(returns) + spectral(returns),
  statisticalFactorModel: ([returns]) => crossProduct(returns) + spectral(returns),
  crossSectionalFactorModel: ([returns, { factors }]) => 6 * returns.observations * returns.assets * factors,
  timeSeriesFactorModel: ([assets, factors]) =>
    2 * assets.observations * factors.assets * (assets.assets + factors.assets),
  nearestPositiveSemiDefinite: ([, size]) => 30 * size ** 3,
  fitCompositeDcc: ([{ observations, assets }]) => 4000 * observations * assets,
  fitDcc: ([residuals]) => 60 * crossProduct(residuals) * (residuals.assets + 8),
  fitGarch: ([returns]) => 1500 * returns.length,
  fitHar: ([measures]) => 700 * measures.length,
  fitRegimes: ([returns, { states }]) => (states > 2 ? 40_000 : 1500) * returns.length * states ** 2,
  evaluatePortfolio: ([input]) => evaluation(input),
  equalWeight: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  inverseVolatility: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  customWeights: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  riskParity: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  riskBudgeting: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  groupedRiskBudgeting: ([{ covariance, constraints }]) => allocation(covariance, constraints !== undefined),
  activeRiskBudgeting: ([{ covariance }]) => allocation(covariance, true),
  conditionalShock: ([{ matrix }, shocks]) => observed(matrix, namesOf(shocks)),
  replayEpisode: ([{ observations, assets }]) => 4 * observations * assets,
  reverseStress: ([{ matrix }, , , bounds]) =>
    reverse(matrix, bounds === undefined ? 0 : namesOf(bounds.map((bound) => bound.of))),
  stressRiskModel: ([matrix, { correlation }]) => stressed(matrix, correlation?.kind === 'set'),
  simulatedLosses: ([input, range]) => simulation(input, range),
  monteCarloRisk: ([input, , losses]) => (losses === undefined ? 2 : 0.2) * simulation(input),
};

/** Estimated floating-point operations of a call. */
export function costOf<K extends KernelName>(name: K, input: KernelArguments<K>): number {
  return estimates[name](input);
}

function crossProduct({ observations, assets }: Pick<Returns, 'observations' | 'assets'>): number {
  return observations * assets * assets;
}

/** Eigenvectors of the smaller of the two products, and a matrix put together from them. */
function spectral({ observations, assets }: Returns): number {
  return 12 * Math.min(observations, assets) ** 3;
}

/** Some 30 sweeps of n² without constraints; some 300 interior-point steps of n³ / 3 with them. */
function allocation({ size }: Covariance, constrained: boolean): number {
  return constrained ? 100 * size ** 3 + 2e5 : 60 * size ** 2;
}

/** Some 100 operations for each random number and the product with the root or the exposures; or a few for each day drawn. */
function simulation({ paths, horizonDays, generator }: Simulation, range?: PathRange): number {
  const count = range === undefined ? paths : range.to - range.from;
  if (!('matrix' in generator)) return count * horizonDays * (100 + 10 * generator.returns.assets);
  const { matrix } = generator;
  const width = matrix.kind === 'covariance' ? matrix.size : 2 * matrix.factors;
  return count * matrix.size * (100 + width);
}

/** The covariance of what is shocked, its factorisation, and the product with everything else. */
function observed(matrix: RiskModelMatrix, shocked: number): number {
  return shocked ** 3 / 3 + shocked * productOf(matrix);
}

/** The scenario space of the model, and some steps of an active set over the bounds. */
function reverse(matrix: RiskModelMatrix, bounded: number): number {
  const root = matrix.kind === 'covariance' ? matrix.size ** 3 / 3 : matrix.factors ** 3 / 3;
  return root + (1 + bounded) * productOf(matrix) + bounded ** 3;
}

/** One pass over the correlations; where some were set, the nearest matrix by eigenvalues. */
function stressed(matrix: RiskModelMatrix, repaired: boolean): number {
  const size = matrix.kind === 'covariance' ? matrix.size : matrix.factors;
  return 4 * size ** 2 + (repaired ? 30 * size ** 3 : 0);
}

function productOf(matrix: RiskModelMatrix): number {
  return matrix.kind === 'covariance' ? matrix.size ** 2 : 2 * matrix.size * matrix.factors;
}

function namesOf(shocks: readonly { readonly kind: string; readonly instrumentIds?: readonly string[] }[]): number {
  return shocks.reduce((sum, shock) => sum + (shock.instrumentIds?.length ?? 1), 0);
}

/** Seven sums over the scenarios, the product with the matrix, and some 5,000 operations for the records of each leaf. */
function evaluation({ leaves, model, scenarios }: PortfolioEvaluationInput): number {
  const { matrix } = model;
  const product = matrix.kind === 'covariance' ? 4 * matrix.size ** 2 : 8 * matrix.size * matrix.factors;
  return product + 7 * leaves.length * (scenarios?.returns.observations ?? 0) + 5000 * leaves.length;
}
