import { RiskMathError } from '@risk-budget/risk-math';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { initialiseKernels } from '../engine.js';
import { assistKernel, leadKernel, runKernel } from '../kernels.js';
import { buffersOf } from '../shared-memory.js';
import type { Assisted, KernelAnswer, KernelTask, TeamTask } from './messages.js';

await initialiseKernels();

/** A worker's only entry: one kernel, start to end, or a part in one. */
export default function answer(task: KernelTask | TeamTask): unknown {
  const cancelFlag = 'team' in task ? (task.team.cancelFlag ?? null) : task.cancelFlag;
  if (cancelFlag !== null && Atomics.load(cancelFlag, 0) !== 0) return { kind: 'cancelled' } satisfies KernelAnswer;
  try {
    return handOver('team' in task ? together(task) : { kind: 'result', result: runKernel(task.kernel, task.input) });
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

function together({ kernel, input, team, role }: TeamTask): KernelAnswer | Assisted {
  if (role === 'assistant') {
    assistKernel(kernel, input, team);
    return { kind: 'assisted' };
  }
  const result = leadKernel(kernel, input, team);
  return result === null ? { kind: 'cancelled' } : { kind: 'result', result };
}

/** The arrays of a result change hands without a copy. */
function handOver(result: KernelAnswer | Assisted): unknown {
  return move({ [transferableSymbol]: [...buffersOf(result)], [valueSymbol]: result });
}
