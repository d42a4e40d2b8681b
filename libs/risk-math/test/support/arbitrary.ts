import fc from 'fast-check';
import { type Covariance, type Returns, createReturns, sampleCovariance } from '../../src/index.js';

/** Independent standard normal numbers from a seed. */
export function seededNormals(seed: number, count: number): Float64Array {
  const normal = normals(seed);
  return Float64Array.from({ length: count }, () => normal());
}

function normals(seed: number): () => number {
  let state = seed >>> 0 || 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Returns of a market and independent residuals, from a seed: reproducible and never degenerate. */
export function seededReturns(seed: number, observations: number, assets: number, size = 0.01): Returns {
  const normal = normals(seed);
  const values = new Float64Array(observations * assets);
  for (let t = 0; t < observations; t++) {
    const market = normal() * size;
    for (let i = 0; i < assets; i++)
      values[t * assets + i] = market * (0.4 + i / assets) + normal() * size * (0.5 + i / assets);
  }
  return createReturns(
    values,
    observations,
    assets,
    Array.from({ length: assets }, (_, i) => `A${i}`),
  );
}

/** A positive definite covariance with ids `A0`, `A1`, … */
export function seededCovariance(seed: number, assets: number, size = 0.01): Covariance {
  return sampleCovariance(seededReturns(seed, 3 * assets + 10, assets, size));
}

export const seeds = fc.integer({ min: 1, max: 2 ** 31 });

/** Signed weights, some of them 0, not all. */
export function weightsOf(count: number): fc.Arbitrary<Float64Array> {
  return fc
    .array(
      fc.oneof(
        fc.constant(0),
        fc.integer({ min: -1000, max: 1000 }).map((value) => value / 1000),
      ),
      {
        minLength: count,
        maxLength: count,
      },
    )
    .filter((values) => values.some((value) => value !== 0))
    .map((values) => Float64Array.from(values));
}
