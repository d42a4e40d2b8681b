import { Injectable } from '@nestjs/common';
import { actor, stressNode, type Actor, type Instant, type StressNode, type StressRun } from '@risk-budget/contracts';
import { execute, executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import { decodeCursor, portfolioCondition, toPage, type Page, type PortfolioScope } from '@risk-budget/service-kit';
import { z } from 'zod';
import {
  analysis,
  runHead,
  runRequest,
  runSummary,
  type Analysis,
  type RunHead,
  type RunRequest,
} from './run.types.js';

const columns = `run_id AS "runId", job_id AS "jobId", portfolio_id AS "portfolioId", as_of AS "asOf", cause, kind, request,
  requested_by AS "requestedBy", summary, analysis, failure, completed_at AS "completedAt", recorded_at AS "recordedAt"`;

const row = z.object({
  runId: z.string(),
  jobId: z.string().nullable(),
  portfolioId: z.string(),
  asOf: z.string(),
  cause: z.enum(['schedule', 'request']),
  kind: z.string(),
  request: runRequest.nullable(),
  requestedBy: actor.nullable(),
  summary: runSummary.nullable(),
  analysis: analysis.nullable(),
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
  completedAt: z.string().nullable(),
  recordedAt: z.string(),
});
export type StoredRun = z.output<typeof row>;

export interface RunFilter {
  readonly portfolioId?: string | undefined;
  readonly cause?: 'schedule' | 'request' | undefined;
  readonly kind?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Runs: one row each, its nodes in a column of their own, so that a list never reads them. */
@Injectable()
export class RunsRepository {
  constructor(private readonly persistence: Persistence) {}

  /** A run that a job will carry out. */
  async accept(
    tx: Tx,
    run: { readonly runId: string; readonly jobId: string; readonly asOf: Instant; readonly by: Actor },
    request: RunRequest,
  ): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO stress_run (run_id, job_id, portfolio_id, as_of, cause, kind, request, requested_by)
       VALUES ($1, $2, $3, $4, 'request', $5, $6::jsonb, $7::jsonb)`,
      [
        run.runId,
        run.jobId,
        request.portfolioId,
        run.asOf,
        request.kind,
        JSON.stringify(request),
        JSON.stringify(run.by),
      ],
    );
  }

  /** A scheduled run, finished as it begins. @returns false when that one is there already */
  async insertScheduled(tx: Tx, run: StressRun): Promise<boolean> {
    const { nodes, ...summary } = run;
    const inserted = await execute(
      tx,
      `INSERT INTO stress_run (run_id, portfolio_id, as_of, cause, kind, request, summary, nodes, completed_at)
       VALUES ($1, $2, $3, 'schedule', 'scenarios', 'null', $4::json, $5::json, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [run.runId, run.portfolioId, run.asOf, JSON.stringify(summary), JSON.stringify(nodes)],
    );
    return inserted > 0;
  }

  /** A scheduled run that gave nothing. */
  async insertFailure(
    tx: Tx,
    run: { readonly runId: string; readonly portfolioId: string; readonly asOf: Instant },
    failure: { readonly code: string; readonly detail: string },
  ): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO stress_run (run_id, portfolio_id, as_of, cause, kind, request, failure, completed_at)
       VALUES ($1, $2, $3, 'schedule', 'scenarios', 'null', $4::jsonb, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [run.runId, run.portfolioId, run.asOf, JSON.stringify(failure)],
    );
  }

  /** Writes what a run found. */
  async complete(tx: Tx, runId: string, found: StressRun | Analysis): Promise<void> {
    const { nodes, ...rest } = 'nodes' in found ? found : { ...found, nodes: null };
    await executeLater(
      tx,
      `UPDATE stress_run SET summary = $2::json, nodes = $3::json, analysis = $4::json, completed_at = clock_timestamp()
       WHERE run_id = $1 AND completed_at IS NULL`,
      [
        runId,
        nodes === null ? null : JSON.stringify(rest),
        nodes === null ? null : JSON.stringify(nodes),
        nodes === null ? JSON.stringify(found) : null,
      ],
    );
  }

  async find(runId: string): Promise<StoredRun | undefined> {
    const [found] = await this.persistence.query(`SELECT ${columns} FROM stress_run WHERE run_id = $1`, [runId]);
    return found === undefined ? undefined : row.parse(found);
  }

  /** The nodes of a run, in their order; undefined while it has none. */
  async nodes(runId: string): Promise<StressNode[] | undefined> {
    const [found] = await this.persistence.query<{ nodes: unknown }>('SELECT nodes FROM stress_run WHERE run_id = $1', [
      runId,
    ]);
    return found?.nodes === null || found === undefined ? undefined : z.array(stressNode).parse(found.nodes);
  }

  /** The newest scheduled run of a portfolio that was finished at a moment. */
  async latestScheduled(portfolioId: string, at: Instant): Promise<StoredRun | undefined> {
    const [found] = await this.persistence.query(
      `SELECT ${columns} FROM stress_run
       WHERE portfolio_id = $1 AND cause = 'schedule' AND as_of <= $2 AND summary IS NOT NULL ORDER BY as_of DESC LIMIT 1`,
      [portfolioId, at],
    );
    return found === undefined ? undefined : row.parse(found);
  }

  /** Newest first, of the portfolios in scope. */
  async list(scope: PortfolioScope, filter: RunFilter): Promise<Page<RunHead>> {
    const after = decodeCursor(filter.cursor, z.tuple([z.iso.datetime(), z.iso.datetime(), z.uuid()]));
    const parameters: unknown[] = [
      filter.portfolioId ?? null,
      filter.cause ?? null,
      filter.kind ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      after?.[2] ?? null,
      filter.limit + 1,
    ];
    const visible = portfolioCondition(scope, 'portfolio_id', parameters);
    const found = await this.persistence.query(
      `SELECT ${columns} FROM stress_run
       WHERE ($1::text IS NULL OR portfolio_id = $1) AND ($2::text IS NULL OR cause = $2) AND ($3::text IS NULL OR kind = $3)
         AND ($4::timestamptz IS NULL OR (as_of, recorded_at, run_id) < ($4, $5, $6)) AND ${visible}
       ORDER BY as_of DESC, recorded_at DESC, run_id DESC LIMIT $7`,
      parameters,
    );
    return toPage(
      found.map((one) => row.parse(one)),
      filter.limit,
      ({ asOf, recordedAt, runId }) => [asOf, recordedAt, runId],
      headOf,
    );
  }
}

/** A run as it is listed. */
export function headOf(run: StoredRun): RunHead {
  const { runId, jobId, portfolioId, asOf, cause, kind, requestedBy, completedAt, failure, summary } = run;
  const worst = (summary?.results ?? []).reduce<{ scenarioId: string; loss: number } | null>(
    (most, { scenarioId, loss }) => (most === null || loss > most.loss ? { scenarioId, loss } : most),
    null,
  );
  return runHead.parse({
    ...{ runId, jobId, portfolioId, asOf, cause, kind, requestedBy, completedAt, failure },
    scenarios: summary?.results.length ?? null,
    worst,
  });
}
