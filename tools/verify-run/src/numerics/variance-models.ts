/** Parameters for returns in percent. */
export interface GarchNumbers {
  readonly omega: number;
  readonly alpha: number;
  /** 0 but for the model with a term for falls. */
  readonly gamma: number;
  readonly beta: number;
}

const decay = 0.94;
const startDays = 75;

/** Before the first day: the mean of the first 75 squares, the first day heaviest, each next one 0.94 of the one before. */
function startVariance(returns: readonly number[]): number {
  let total = 0;
  let weights = 0;
  for (let t = 0; t < Math.min(startDays, returns.length); t++) {
    const weight = decay ** t;
    total += weight * (returns[t] ?? 0) ** 2;
    weights += weight;
  }
  return total / weights;
}

/** Variance of the next day, exponentially weighted. */
export function nextEwma(returns: readonly number[], lambda: number): number {
  let variance = startVariance(returns);
  for (const value of returns) variance = lambda * variance + (1 - lambda) * value * value;
  return variance;
}

/** Each return over the exponentially weighted deviation of its day. */
export function ewmaResiduals(returns: readonly number[], lambda: number): number[] {
  let variance = startVariance(returns);
  return returns.map((value) => {
    const residual = variance > 0 ? value / Math.sqrt(variance) : 0;
    variance = lambda * variance + (1 - lambda) * value * value;
    return residual;
  });
}

/** Variance of the next day in fractions², returns over the deviation of their day, and the normal log-likelihood of the returns in percent. */
export function garchRun(
  returns: readonly number[],
  { omega, alpha, gamma, beta }: GarchNumbers,
): { next: number; residuals: number[]; logLikelihood: number } {
  const percent = returns.map((value) => 100 * value);
  let variance = omega + (alpha + gamma / 2 + beta) * startVariance(percent);
  let logLikelihood = 0;
  const residuals: number[] = [];
  for (const value of percent) {
    residuals.push(value / Math.sqrt(variance));
    logLikelihood -= (Math.log(2 * Math.PI) + Math.log(variance) + (value * value) / variance) / 2;
    variance = omega + (alpha + (value < 0 ? gamma : 0)) * value * value + beta * variance;
  }
  return { next: variance / 10_000, residuals, logLikelihood };
}

/** The sum of the variances expected on the next days. */
export function garchSum(next: number, { omega, alpha, gamma, beta }: GarchNumbers, days: number): number {
  let variance = next;
  let total = 0;
  for (let day = 0; day < days; day++) {
    total += variance;
    variance = omega / 10_000 + (alpha + gamma / 2 + beta) * variance;
  }
  return total;
}

/** rv/f − ln(rv/f) − 1, rv at least 1e-4 f. */
export function qlikeLoss(realised: number, forecast: number): number {
  const ratio = Math.max(realised / forecast, 1e-4);
  return ratio - Math.log(ratio) - 1;
}
