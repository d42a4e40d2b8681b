import { type ColumnProducts, columnProducts } from './column-products.js';
import type { Estimation } from './estimation.js';
import { blockCount } from './layout.js';

/** Threads that make one product together: what they share. The bits do not depend on how many they are. */
export interface Team {
  /** In shared memory: the next block to make, blocks made, and 1 once one of the team has failed. */
  readonly progress: Int32Array;
  /** The product, n×n, in shared memory. */
  readonly target: Float64Array;
  /** In shared memory: not 0 once the caller has cancelled. */
  readonly cancelFlag?: Int32Array | null;
}

const NEXT = 0;
const MADE = 1;
const FAILED = 2;
/** How long a wait lasts before the flags are looked at again. */
const WAIT_MILLISECONDS = 50;

/** Shared memory for a product of `size` columns. */
export function createTeam(size: number, cancelFlag: Int32Array | null = null): Team {
  return {
    progress: new Int32Array(new SharedArrayBuffer(12)),
    target: new Float64Array(new SharedArrayBuffer(8 * size * size)),
    cancelFlag,
  };
}

/** Says that a member of the team is lost, so that nobody waits for its blocks. */
export function abandon({ progress }: Team): void {
  Atomics.store(progress, FAILED, 1);
  Atomics.notify(progress, MADE);
}

/** Whether blocks are left that nobody has begun. */
export function hasWork({ progress }: Team, size: number): boolean {
  return Atomics.load(progress, NEXT) < blockCount(size);
}

/** Makes blocks of a team's product until none is left. */
export function assist(products: ColumnProducts, team: Team): void {
  const blocks = blockCount(products.columns);
  columnProducts(products, { blocks: claimed(team, blocks), cancelled: () => isStopped(team) }, team.target);
}

/**
 * The estimation, its product made with whoever else assists. The thread must be allowed to wait.
 *
 * @returns `null` when the team was cancelled or has lost a member
 */
export function estimatedTogether<Result>(estimation: Estimation<Result>, team: Team): Result | null {
  const { progress, target } = team;
  const blocks = blockCount(estimation.products.columns);
  assist(estimation.products, team);
  for (;;) {
    const made = Atomics.load(progress, MADE);
    if (made >= blocks) break;
    if (isStopped(team)) return null;
    Atomics.wait(progress, MADE, made, WAIT_MILLISECONDS);
  }
  return estimation.finish(target.slice());
}

function isStopped({ progress, cancelFlag }: Team): boolean {
  return (
    Atomics.load(progress, FAILED) !== 0 ||
    (cancelFlag !== undefined && cancelFlag !== null && Atomics.load(cancelFlag, 0) !== 0)
  );
}

/** Numbers of blocks that nobody else has; a block counts as made when the next one is asked for. */
function* claimed({ progress }: Team, blocks: number): Generator<number> {
  for (;;) {
    const block = Atomics.add(progress, NEXT, 1);
    if (block >= blocks) return;
    yield block;
    Atomics.add(progress, MADE, 1);
    Atomics.notify(progress, MADE);
  }
}
