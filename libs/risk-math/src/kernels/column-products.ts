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
  const space = workspace([terms * columns, columns, columns, terms, groups * group, BLOCK_ROWS * width]);
  if (space === null || terms === 0 || columns === 0) return portableColumnProducts(input, partition, target);
  pack(input, space, group * 8);
  for (const block of partition.blocks) {
    if (partition.cancelled?.() === true) break;
    const rows = Math.min(BLOCK_ROWS, columns - block * BLOCK_ROWS);
    makeBlock(space, block, rows, terms, group * 8, width, input.divisor);
    copyBlock(space.numbers(BLOCK, rows * width), width, block * BLOCK_ROWS, rows, target, columns);
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
  if (divisor !== 1) kernels.divide(at[BLOCK]!, rows * width, divisor);
}

/** The rows of a block up to the diagonal, and their mirror image. */
function copyBlock(
  block: Float64Array,
  width: number,
  first: number,
  rows: number,
  target: Float64Array,
  size: number,
): void {
  for (let row = 0; row < rows; row++) {
    const length = first + row + 1;
    target.set(block.subarray(row * width, row * width + length), (first + row) * size);
  }
  for (let column = 0; column < first + rows; column++) {
    const from = Math.max(0, column - first + 1);
    for (let row = from; row < rows; row++) target[column * size + first + row] = block[row * width + column]!;
  }
}
