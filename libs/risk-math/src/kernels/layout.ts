/**
 * The order in which every kernel sums: terms in chunks of 512, inside a chunk even and odd terms apart. It bounds the
 * memory that a block of rows works on, and is the same whatever blocks a product is cut into.
 */
export const CHUNK_TERMS = 512;

/** Rows of a product that are made at a time: what a partition hands out. */
export const BLOCK_ROWS = 64;

/** Blocks of rows of an n×n product. */
export function blockCount(size: number): number {
  return Math.ceil(size / BLOCK_ROWS);
}

/** Groups of four rows. */
export function groupCount(rows: number): number {
  return Math.ceil(rows / 4);
}

/** Numbers in a packed group of four rows; never a multiple of a page, so that groups do not share cache sets. */
export function groupLength(terms: number): number {
  const numbers = Math.ceil(terms / 2) * 8;
  return numbers % 512 === 0 ? numbers + 8 : numbers;
}
