export {
  ComputePool,
  createComputePool,
  type ComputePoolOptions,
  type ComputePoolState,
  type MapOptions,
  type RunOptions,
} from './compute-pool.js';
export { ComputeError } from './errors.js';
export { cpuLimit, defaultThreads } from './cpu-limit.js';
export { initialiseKernels } from './engine.js';
export { inSharedMemory } from './shared-memory.js';
export { type KernelArguments, type KernelName, type KernelResult, kernels } from './kernels.js';
export { monteCarlo } from './monte-carlo.js';
