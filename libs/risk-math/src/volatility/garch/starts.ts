import type { GarchLikelihood } from './likelihood.js';
import { ALPHA, BETA, GAMMA, type GarchSpecification, MEAN, OMEGA, PARAMETERS, SHAPE, SKEW } from './types.js';

const ARCH = [0.015, 0.06, 0.15];
/** Likelihoods of variances have several hills: one of each of these kinds is climbed. */
const PERSISTENCE = [
  [0.3, 0.6],
  [0.85, 0.94],
  [0.98, 0.995],
] as const;
const DEGREES = [5, 9];

/**
 * Starting points over the free parameters: the best of a grid at low, middle and high persistence, the best first.
 *
 * @param mean of the returns, @param meanSquare of their residuals, in the units of the fit
 */
export function startingPoints(
  likelihood: GarchLikelihood,
  specification: Required<GarchSpecification>,
  mean: number,
  meanSquare: number,
): Float64Array[] {
  return PERSISTENCE.map((persistences) => {
    let best = { point: new Float64Array(0), value: Infinity };
    for (const candidate of candidates(specification, persistences, mean, meanSquare)) {
      const point = Float64Array.from(likelihood.free, (place) => candidate[place]!);
      const value = likelihood.value(point);
      if (value < best.value || best.point.length === 0) best = { point, value };
    }
    return best;
  })
    .sort((a, b) => a.value - b.value)
    .map(({ point }) => point);
}

function* candidates(
  { model, innovations }: Required<GarchSpecification>,
  persistences: readonly number[],
  mean: number,
  meanSquare: number,
): Generator<Float64Array> {
  const shapes = innovations === 'normal' ? [0] : DEGREES;
  for (const arch of ARCH) {
    for (const persistence of persistences) {
      for (const shape of shapes) {
        const point = new Float64Array(PARAMETERS);
        point[MEAN] = mean;
        point[SHAPE] = shape;
        point[SKEW] = innovations === 'skewedT' ? -0.05 : 0;
        if (model === 'egarch') {
          point[OMEGA] = (1 - persistence) * Math.log(meanSquare);
          point[ALPHA] = 2 * arch;
          point[GAMMA] = -arch / 2;
          point[BETA] = persistence;
        } else {
          const falls = model === 'gjr' ? arch : 0;
          point[OMEGA] = (1 - persistence) * meanSquare;
          point[ALPHA] = arch - falls / 2;
          point[GAMMA] = falls;
          point[BETA] = persistence - arch;
        }
        yield point;
      }
    }
  }
}
