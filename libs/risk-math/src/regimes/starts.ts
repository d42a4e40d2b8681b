import { uniforms } from '../random/uniforms.js';
import { stationaryDistribution } from './chain.js';
import type { RegimeParameters, RegimeSpecification } from './types.js';

/** Shares of the days, the calmest first, by distance from the mean. */
const SPLITS: Readonly<Record<2 | 3, readonly (readonly number[])[]>> = {
  2: [
    [0.5, 0.5],
    [0.75, 0.25],
    [0.92, 0.08],
  ],
  3: [
    [0.4, 0.4, 0.2],
    [0.6, 0.3, 0.1],
    [0.3, 0.6, 0.1],
    [0.8, 0.15, 0.05],
    [0.15, 0.6, 0.25],
  ],
};
const STAYS = [0.97, 0.7];

/** Starting points: days sorted by their distance from the mean and cut into states, in chains that stay long or briefly. */
export function startingRegimes(
  returns: Float64Array,
  { states, mean: kind }: Required<RegimeSpecification>,
  mean: number,
): RegimeParameters[] {
  const distances = returns.map((value) => Math.abs(value - mean)).sort();
  return SPLITS[states].flatMap((split) =>
    STAYS.map((stay) => {
      const variances = variancesOf(distances, split);
      const spread = Math.sqrt(variances[0]!);
      const means = Float64Array.from(split, (_, k) =>
        kind === 'zero' ? 0 : mean + 0.1 * spread * (k === 0 ? 1 : -k),
      );
      const transition = new Float64Array(states * states).fill((1 - stay) / (states - 1));
      for (let k = 0; k < states; k++) transition[k * states + k] = stay;
      const initial = stationaryDistribution(transition, states) ?? new Float64Array(states).fill(1 / states);
      return { means, variances, transition, initial };
    }),
  );
}

/** Starts of three states beside those of the cuts: three states have hills that no order of the days by size leads up. */
const DRAWN = 24;
const SEED = 3;

/** Variances, means and chains drawn from a seed: states that are left at once among them. */
export function drawnRegimes(
  { states, mean: kind }: Required<RegimeSpecification>,
  mean: number,
  variance: number,
): RegimeParameters[] {
  if (states === 2) return [];
  const uniform = uniforms(SEED);
  return Array.from({ length: DRAWN }, () => {
    const variances = Float64Array.from(
      { length: states },
      () => variance * Math.exp(Math.log(0.1) + Math.log(60) * uniform()),
    ).sort();
    const means = variances.map((own) => (kind === 'zero' ? 0 : mean + Math.sqrt(own) * (uniform() - 0.5)));
    const transition = new Float64Array(states * states);
    for (let i = 0; i < states; i++) {
      const stay = 0.02 + 0.97 * uniform();
      const first = uniform();
      const others = [0, 1, 2].filter((j) => j !== i);
      transition[i * states + i] = stay;
      transition[i * states + others[0]!] = (1 - stay) * first;
      transition[i * states + others[1]!] = (1 - stay) * (1 - first);
    }
    const initial = stationaryDistribution(transition, states) ?? new Float64Array(states).fill(1 / states);
    return { means, variances, transition, initial };
  });
}

/** Mean squares of the cuts, each a little above that before it. */
function variancesOf(distances: Float64Array, split: readonly number[]): Float64Array {
  let from = 0;
  let before = 0;
  let whole = 0;
  for (const value of distances) whole += (value * value) / distances.length;
  return Float64Array.from(split, (share, k) => {
    const to =
      k === split.length - 1
        ? distances.length
        : Math.min(distances.length, from + Math.round(share * distances.length));
    let total = 0;
    for (let t = from; t < to; t++) total += distances[t]! * distances[t]!;
    const variance = Math.max(total / Math.max(1, to - from), 1.2 * before, 1e-3 * whole);
    from = to;
    before = variance;
    return variance;
  });
}
