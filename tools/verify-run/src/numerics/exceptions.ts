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
