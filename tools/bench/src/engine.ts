import { initialiseKernels } from '@risk-budget/compute';
import { kernelName } from '@risk-budget/risk-math';

/** What a process of the benchmarks asks of its engine before it computes. */
export async function enableEngineFeatures(): Promise<void> {
  await initialiseKernels();
}

/** The kernel that computes here, as lineage names it. */
export function activeKernel(): string {
  return kernelName();
}
