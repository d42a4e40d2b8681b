import { sampleReturns } from './sample.js';

/** Daily returns of the sample's 20 shares in equal weights: the last `observations` to the end of 2018. */
export function portfolioReturns(observations = 1000): Float64Array {
  const { values, assets } = sampleReturns(observations);
  return Float64Array.from({ length: observations }, (_, t) => {
    let total = 0;
    for (let i = 0; i < assets; i++) total += values[t * assets + i]!;
    return total / assets;
  });
}
