import { Injectable } from '@nestjs/common';
import { benchmark as benchmarkSchema, type Benchmark } from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { read, write } from '../common/database.js';

/** Benchmarks: a price series, or weights as of dates. */
@Injectable()
export class BenchmarkStore {
  constructor(private readonly persistence: Persistence) {}

  /** @returns false when it is what was known already */
  async put(benchmark: Benchmark, source: Source, tx?: Tx): Promise<boolean> {
    // The first series given stands for the benchmark at any time; one that replaces something, from when it was said.
    const changed = await write(this.persistence, tx, (inTx) =>
      rows(
        inTx,
        `WITH given AS (
           SELECT $1::text AS id, $5::jsonb AS body, coalesce($2::timestamptz,
             CASE WHEN EXISTS (SELECT FROM md_benchmark WHERE benchmark_id = $1 AND as_of > '-infinity') THEN $3::timestamptz
                  ELSE '-infinity' END) AS as_of)
         INSERT INTO md_benchmark (benchmark_id, as_of, revision, known_at, source_id, body)
         SELECT g.id, g.as_of, coalesce((SELECT max(b.revision) FROM md_benchmark b
                  WHERE b.benchmark_id = g.id AND b.as_of = g.as_of), 0) + 1, $3, $4, g.body
         FROM given g
         WHERE g.body IS DISTINCT FROM (
           SELECT b.body FROM md_benchmark b WHERE b.benchmark_id = g.id AND b.as_of <= g.as_of AND b.known_at <= $3
           ORDER BY b.as_of DESC, b.known_at DESC, b.revision DESC LIMIT 1)
         RETURNING benchmark_id`,
        [
          benchmark.benchmarkId,
          benchmark.kind === 'weights' ? benchmark.asOf : null,
          source.occurredAt,
          source.id,
          JSON.stringify(benchmark),
        ],
      ),
    );
    return changed.length > 0;
  }

  /** The series, or the latest weights at or before `asOf`. */
  async find(benchmarkId: string, at: AsOf, tx?: Tx): Promise<Benchmark | undefined> {
    const [row] = await read<{ body: unknown }>(
      this.persistence,
      tx,
      `SELECT body FROM md_benchmark WHERE benchmark_id = $1 AND as_of <= $2 AND known_at <= $3
       ORDER BY as_of DESC, known_at DESC, revision DESC LIMIT 1`,
      [benchmarkId, at.asOf, at.knownAt],
    );
    return row === undefined ? undefined : benchmarkSchema.parse(row.body);
  }

  /** Ids of all benchmarks. */
  async list(tx?: Tx): Promise<string[]> {
    const found = await read<{ benchmark_id: string }>(
      this.persistence,
      tx,
      'SELECT DISTINCT benchmark_id FROM md_benchmark ORDER BY benchmark_id',
    );
    return found.map((row) => row.benchmark_id);
  }
}
