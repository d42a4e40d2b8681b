import { BLOCK_ROWS, CHUNK_TERMS, blockCount, groupCount, groupLength } from './layout.js';
import { type Workspace, workspace } from './engine.js';
import { portableColumnProducts } from './portable.js';

/** XᵀX / divisor of the columns of a matrix, after centring and scaling. */
export interface ColumnProducts {
  /** T×n row-major. */
  readonly values: Float64Array;
  readonly terms: number;
  readonly columns: number;
  /** Whether each column's mean is taken off. */
  readonly centred: boolean;
  /** What each row is multiplied by, after centring. */
  readonly scales?: Float64Array;
  /** What each column loses in place of its mean, such as a weighted one; n. */
  readonly means?: Float64Array;
  readonly divisor: number;
}

/** Part of a computation: the blocks of rows to make, and whether to stop before the next. */
export interface Partition {
  /** Numbers of blocks of `BLOCK_ROWS` rows, below `blockCount(size)`. Every block must be made once, by someone. */
  readonly blocks: Iterable<number>;
  readonly cancelled?: () => boolean;
}

/**
 * XᵀX / divisor, n×n, symmetric to the bit; the bits do not depend on how it is cut into partitions.
 *
 * @param partition blocks to make here; all when absent
 * @param target where to, n×n; may be shared memory that several threads write
 */
export function columnProducts(
  input: ColumnProducts,
  partition: Partition = { blocks: Array(blockCount(input.columns)).keys() },
  target: Float64Array = new Float64Array(input.columns ** 2),
): Float64Array {
  const { terms, columns } = input;
  const group = groupLength(terms);
  const groups = groupCount(columns);
  const width = groups * 4;
  const space = workspace([
    terms * columns,
    columns,
    columns,
    terms,
    groups * group,
    BLOCK_ROWS * width,
    width * BLOCK_ROWS,
  ]);
  if (space === null || terms === 0 || columns === 0) return portableColumnProducts(input, partition, target);
  pack(input, space, group * 8);
  for (const block of partition.blocks) {
    if (partition.cancelled?.() === true) break;
    const rows = Math.min(BLOCK_ROWS, columns - block * BLOCK_ROWS);
    makeBlock(space, block, rows, terms, group * 8, width, input.divisor);
    copyBlock(space, width, block * BLOCK_ROWS, rows, target, columns);
  }
  return target;
}

/** Sections of the workspace. */
const SOURCE = 0;
const MEANS = 1;
const RESTS = 2;
const SCALES = 3;
const PACKED = 4;
const BLOCK = 5;
const MIRROR = 6;

function pack(input: ColumnProducts, { kernels, at, numbers }: Workspace, groupBytes: number): void {
  const { terms, columns, scales, means } = input;
  numbers(SOURCE, terms * columns).set(input.values);
  if (means !== undefined) numbers(MEANS, columns).set(means);
  else if (input.centred) kernels.columnMeans(at[SOURCE]!, terms, columns, at[MEANS]!, at[RESTS]!);
  if (scales !== undefined) numbers(SCALES, terms).set(scales);
  kernels.packColumns(
    at[SOURCE]!,
    terms,
    columns,
    means !== undefined || input.centred ? at[MEANS]! : 0,
    scales === undefined ? 0 : at[SCALES]!,
    at[PACKED]!,
    groupBytes,
  );
}

function makeBlock(
  { kernels, at }: Workspace,
  block: number,
  rows: number,
  terms: number,
  groupBytes: number,
  width: number,
  divisor: number,
): void {
  const firstGroup = (block * BLOCK_ROWS) / 4;
  const groups = groupCount(rows);
  for (let term = 0; term < terms; term += CHUNK_TERMS) {
    const offset = at[PACKED]! + term * 32;
    kernels.products(
      offset,
      groupBytes,
      firstGroup + groups,
      offset + firstGroup * groupBytes,
      groupBytes,
      groups,
      Math.ceil(Math.min(CHUNK_TERMS, terms - term) / 2),
      at[BLOCK]!,
      width * 8,
      firstGroup,
      term > 0 ? 1 : 0,
    );
  }
  const columns = block * BLOCK_ROWS + rows;
  kernels.finishBlock(at[BLOCK]!, rows, columns, width * 8, divisor, at[MIRROR]!, BLOCK_ROWS * 8);
}

/** The mirror image of a block of rows, then its rows up to the diagonal: what lies beyond it is no number to keep. */
function copyBlock(
  { numbers }: Workspace,
  width: number,
  first: number,
  rows: number,
  target: Float64Array,
  size: number,
): void {
  const columns = first + rows;
  const block = numbers(BLOCK, rows * width);
  const mirror = numbers(MIRROR, columns * BLOCK_ROWS);
  for (let column = 0; column < columns; column++) {
    const from = column * BLOCK_ROWS;
    target.set(mirror.subarray(from, from + rows), column * size + first);
  }
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    target.set(block.subarray(from, from + first + row + 1), (first + row) * size);
  }
}
