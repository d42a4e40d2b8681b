import { setFlagsFromString } from 'node:v8';
import { type KernelName, initialise } from '@risk-budget/risk-math';

/**
 * Compiles the dense kernels of risk-math for this thread, after asking the engine for relaxed SIMD where it has that behind a flag
 * (V8 before 11.4). The flag holds for the whole process; every thread calls this before it computes.
 *
 * @returns the kernel in use, as lineage names it
 */
export function initialiseKernels(): Promise<KernelName> {
  const [major = 0, minor = 0] = process.versions.v8.split('.').map(Number);
  if (major < 11 || (major === 11 && minor < 4)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return initialise();
}
