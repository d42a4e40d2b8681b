import { Injectable } from '@nestjs/common';
import { benchmark as benchmarkSchema, type Benchmark } from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { read, write } from '../common/database.js';
import { microsOf } from '../common/moments.js';
import { RevisionCache } from '../common/revision-cache.js';

/** What was said of a benchmark; times in microseconds. */
interface BenchmarkRevision {
  readonly asOf: number;
  readonly knownAt: number;
  readonly value: Benchmark;
}

/** Benchmarks: a price series, or weights as of dates. */
@Injectable()
export class BenchmarkStore {
  /** The newest as of a moment first. */
  private readonly cache: RevisionCache<BenchmarkRevision>;

  constructor(
    private readonly persistence: Persistence,
    changes: ChangeLog,
  ) {
    this.cache = new RevisionCache(changes, 'benchmark', (ids, tx) => this.revisions(ids, tx));
  }

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
    const [asOf, known] = [microsOf(at.asOf), microsOf(at.knownAt)];
    const revisions = (await this.cache.get([benchmarkId], tx)).get(benchmarkId) ?? [];
    return revisions.find((revision) => revision.asOf <= asOf && revision.knownAt <= known)?.value;
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

  private async revisions(ids: readonly string[], tx: Tx | undefined): Promise<Map<string, BenchmarkRevision[]>> {
    const found = await read<{ benchmark_id: string; as_of: string; known_at: string; body: unknown }>(
      this.persistence,
      tx,
      `SELECT benchmark_id, as_of, known_at, body FROM md_benchmark WHERE benchmark_id = ANY ($1::text[])
       ORDER BY as_of DESC, known_at DESC, revision DESC`,
      [ids],
    );
    const byId = new Map<string, BenchmarkRevision[]>();
    for (const { benchmark_id: id, as_of: asOf, known_at: knownAt, body } of found) {
      const list = byId.get(id) ?? [];
      list.push({ asOf: microsOf(asOf), knownAt: microsOf(knownAt), value: benchmarkSchema.parse(body) });
      byId.set(id, list);
    }
    return byId;
  }
}
