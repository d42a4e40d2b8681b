import { RiskMathError } from '@risk-budget/risk-math';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { initialiseKernels } from '../engine.js';
import { runKernel } from '../kernels.js';
import { buffersOf } from '../shared-memory.js';
import type { KernelAnswer, KernelTask } from './messages.js';

await initialiseKernels();

/** A worker's only entry: one kernel, start to end. */
export default function answer(task: KernelTask): unknown {
  if (task.cancelFlag !== null && Atomics.load(task.cancelFlag, 0) !== 0) {
    return { kind: 'cancelled' } satisfies KernelAnswer;
  }
  try {
    return handOver({ kind: 'result', result: runKernel(task.kernel, task.input) });
  } catch (error) {
    if (!RiskMathError.is(error)) throw error;
    return {
      kind: 'failure',
      reason: error.reason,
      message: error.message,
      details: error.details,
    } satisfies KernelAnswer;
  }
}

/** The arrays of a result change hands without a copy. */
function handOver(result: KernelAnswer): unknown {
  return move({ [transferableSymbol]: [...buffersOf(result)], [valueSymbol]: result });
}
