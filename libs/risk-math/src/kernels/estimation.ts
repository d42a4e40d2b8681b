import { type ColumnProducts, columnProducts } from './column-products.js';

/** An estimator in two steps around its one large product, so that several threads can make the product together. */
export interface Estimation<Result> {
  readonly products: ColumnProducts;
  /** @param products XᵀX / divisor, n×n, symmetric to the bit; becomes part of the result */
  finish(products: Float64Array): Result;
}

/** The whole estimation on this thread. */
export function estimated<Result>({ products, finish }: Estimation<Result>): Result {
  return finish(columnProducts(products));
}
