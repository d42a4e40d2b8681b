import type { Benchmark } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';

/** Benchmarks: a price series, or weights as of dates. */
export abstract class BenchmarkStore {
  /** @returns false when it is what was known already */
  abstract put(benchmark: Benchmark, source: Source, tx?: Tx): Promise<boolean>;
  /** The series, or the latest weights at or before `asOf`. */
  abstract find(benchmarkId: string, at: AsOf, tx?: Tx): Promise<Benchmark | undefined>;
}
