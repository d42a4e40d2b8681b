import type { NamedLinearConstraints } from '../../minimisation/quadratic-step.js';
import { DEGREES_OF_FREEDOM, LARGEST_PERSISTENCE } from './likelihood.js';
import { MEAN_ABSOLUTE_NORMAL } from './recursions.js';
import { ALPHA, BETA, GAMMA, type GarchSpecification, OMEGA, PARAMETERS, SHAPE, SKEW } from './types.js';

type Row = readonly [name: string, bound: number, ...terms: (readonly [place: number, coefficient: number])[]];

const LARGEST_SKEW = 0.999;

/**
 * Positive variances, stationarity, and a distribution with a variance. An EGARCH must also forget where it started:
 * ∂ ln σ²_t / ∂ ln σ²_{t−1} = β − ½ (γ z + α |z|) stays below 1 in the mean. Beyond that, at some α < 0, its variances depend
 * on the first one for ever and the likelihood is rough without bound (Wintenberger, Scandinavian Journal of
 * Statistics 40, 2013).
 *
 * @param meanSquare of the residuals, in the units of the fit
 * @param fallShares κ = E[z² 1(z < 0)], the share of γ in the persistence: a bound for each
 */
export function constraintsOf(
  specification: Required<GarchSpecification>,
  free: readonly number[],
  meanSquare: number,
  fallShares: readonly number[] = [0.5],
): NamedLinearConstraints {
  const rows: Row[] =
    specification.model === 'egarch'
      ? [
          ['omega ≥ lower', Math.log(meanSquare) - LOG_RANGE, [OMEGA, 1]],
          ['omega ≤ upper', -Math.log(meanSquare) - LOG_RANGE, [OMEGA, -1]],
          ['beta ≥ 0', 0, [BETA, 1]],
          ['persistence < 1', -LARGEST_PERSISTENCE, [BETA, -1]],
          ['invertible', -LARGEST_PERSISTENCE, [BETA, -1], [ALPHA, MEAN_ABSOLUTE_NORMAL / 2]],
        ]
      : [
          ['omega > 0', 1e-8 * meanSquare, [OMEGA, 1]],
          ['omega ≤ upper', -10 * meanSquare, [OMEGA, -1]],
          ['alpha ≥ 0', 0, [ALPHA, 1]],
          ['beta ≥ 0', 0, [BETA, 1]],
          ...fallShares.map((share): Row => [
            'persistence < 1',
            -LARGEST_PERSISTENCE,
            [ALPHA, -1],
            [GAMMA, -share],
            [BETA, -1],
          ]),
        ];
  if (specification.model === 'gjr') rows.push(['alpha + gamma ≥ 0', 0, [ALPHA, 1], [GAMMA, 1]]);
  if (specification.innovations !== 'normal') {
    rows.push(['degreesOfFreedom ≥ 2.05', DEGREES_OF_FREEDOM.lowest, [SHAPE, 1]]);
    rows.push(['degreesOfFreedom ≤ 500', -DEGREES_OF_FREEDOM.highest, [SHAPE, -1]]);
  }
  if (specification.innovations === 'skewedT') {
    rows.push(['skew > −1', -LARGEST_SKEW, [SKEW, 1]], ['skew < 1', -LARGEST_SKEW, [SKEW, -1]]);
  }
  return build(rows, free);
}

/** ω of an EGARCH lies within a factor 10,000 of the mean square. */
const LOG_RANGE = Math.log(10_000);

function build(rows: readonly Row[], free: readonly number[]): NamedLinearConstraints {
  const size = free.length;
  const matrix = new Float64Array(rows.length * size);
  const places = new Int32Array(PARAMETERS).fill(-1);
  free.forEach((place, j) => (places[place] = j));
  rows.forEach(([, , ...terms], k) => {
    for (const [place, coefficient] of terms) {
      // A parameter that is not estimated is 0.
      if (places[place]! >= 0) matrix[k * size + places[place]!] = coefficient;
    }
  });
  return {
    count: rows.length,
    rows: matrix,
    bounds: Float64Array.from(rows, ([, bound]) => bound),
    names: rows.map(([name]) => name),
  };
}
