import { type Covariance, createCovariance } from '../../src/index.js';

/** The covariance of some of the assets in an order: repeated, left out, or in another order. */
export function picked({ values, size, ids = [] }: Covariance, order: readonly number[]): Covariance {
  const count = order.length;
  const names = order.map((asset, at) => (order.indexOf(asset) === at ? ids[asset]! : `${ids[asset]!}-again`));
  const picked = Float64Array.from({ length: count * count }, (_, k) => {
    return values[order[Math.floor(k / count)]! * size + order[k % count]!]!;
  });
  return createCovariance(picked, count, { ids: names });
}

export function reversed(covariance: Covariance): Covariance {
  return picked(
    covariance,
    Array.from({ length: covariance.size }, (_, i) => covariance.size - 1 - i),
  );
}

/** Of returns `size` times as large. */
export function scaled({ values, size: count, ids }: Covariance, size: number): Covariance {
  return createCovariance(
    values.map((value) => value * size * size),
    count,
    { ids },
  );
}

/** With one more asset, `STILL`, that does not move. */
export function withStill({ values, size, ids = [] }: Covariance): Covariance {
  const wider = new Float64Array((size + 1) ** 2);
  for (let i = 0; i < size; i++) wider.set(values.subarray(i * size, (i + 1) * size), i * (size + 1));
  return createCovariance(wider, size + 1, { ids: [...ids, 'STILL'] });
}

export const reverse = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).reverse();
