/** What a process of the benchmarks asks of its engine before it computes. */
export async function enableEngineFeatures(): Promise<void> {
  await Promise.resolve();
}

/** The kernel that computes here, as lineage names it. */
export function activeKernel(): string {
  return 'typescript';
}
