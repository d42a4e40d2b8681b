import { normalDistribution } from './normal.js';

/** Kupiec: twice the log-likelihood of the frequency seen over that of the one promised, and the chance of one as large. */
export function kupiecTest(
  exceptions: number,
  days: number,
  confidence: number,
): { statistic: number; pValue: number } {
  const logLikelihood = (frequency: number): number => {
    const [misses, hits] = [days - exceptions, exceptions];
    return (misses === 0 ? 0 : misses * Math.log(1 - frequency)) + (hits === 0 ? 0 : hits * Math.log(frequency));
  };
  const statistic = Math.max(0, 2 * (logLikelihood(exceptions / days) - logLikelihood(1 - confidence)));
  return { statistic, pValue: 2 * (1 - normalDistribution(Math.sqrt(statistic))) };
}

/**
 * Christoffersen: whether an exception makes another likelier on the next day, and that together with the right frequency from the second
 * day on; each the log-likelihood of days that depend on the day before over that of days that do not.
 */
export function christoffersenTest(
  hits: readonly boolean[],
  confidence: number,
): Readonly<Record<'independence' | 'conditionalCoverage', { statistic: number; pValue: number }>> {
  const later = hits.slice(1);
  const after = (before: boolean) => later.filter((_, t) => hits[t] === before);
  const likelihood = (days: readonly boolean[]): number => {
    const [beyond, within] = [days.filter(Boolean).length, days.filter((hit) => !hit).length];
    return [beyond, within].reduce((sum, some) => (some === 0 ? sum : sum + some * Math.log(some / days.length)), 0);
  };
  const chain = likelihood(after(true)) + likelihood(after(false));
  const statistic = Math.max(0, 2 * (chain - likelihood(later)));
  const both = statistic + kupiecTest(later.filter(Boolean).length, later.length, confidence).statistic;
  return {
    independence: { statistic, pValue: 2 * (1 - normalDistribution(Math.sqrt(statistic))) },
    conditionalCoverage: { statistic: both, pValue: Math.exp(-both / 2) },
  };
}

/** P(at most so many exceptions) if value at risk were right: the sum of binomial probabilities. */
export function binomialAtMost(exceptions: number, days: number, confidence: number): number {
  const p = 1 - confidence;
  let logarithm = days * Math.log(1 - p);
  let sum = 0;
  for (let k = 0; k <= exceptions; k++) {
    sum += Math.exp(logarithm);
    logarithm += Math.log(days - k) - Math.log(k + 1) + Math.log(p) - Math.log(1 - p);
  }
  return Math.min(1, sum);
}

/** Yellow from a cumulative probability of 95 %, red from 99.99 %. */
export function trafficLight(cumulativeProbability: number): 'green' | 'yellow' | 'red' {
  if (cumulativeProbability < 0.95) return 'green';
  return cumulativeProbability < 0.9999 ? 'yellow' : 'red';
}
