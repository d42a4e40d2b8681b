import { createHash, randomInt, randomUUID } from 'node:crypto';
import { NotFoundError } from '@risk-budget/contracts';
import { afterCommit, execute, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { canonicalJson } from '../audit/canonical-json.js';
import { currentContext } from '../context/request-context.js';
import { KitError } from '../errors/kit-error.js';
import { decodeCursor, toPage, type Page } from '../http/paging.js';
import { portfolioCondition } from '../identity/portfolio-scope.js';
import type { Principal } from '../identity/principal.js';
import { jobColumns } from './job-columns.js';
import type { Job, JobRequest, JobState } from './job.types.js';

const cursorSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** What a job list may be narrowed to. */
export interface JobFilter {
  readonly kind?: string | undefined;
  readonly state?: JobState | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Long work as rows: submitted in a transaction, run by any instance, watched and cancelled over REST. */
export class JobService {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly persistence: Persistence) {}

  /** Queues a job in the caller's transaction. */
  async submit(tx: Tx, request: JobRequest): Promise<Job> {
    const context = currentContext();
    const input = canonicalJson(request.input);
    const [job] = await rows<Job>(
      tx,
      `INSERT INTO job (id, kind, portfolio_id, owner, input, input_hash, seed, correlation_id, traceparent)
       VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9) RETURNING ${jobColumns}`,
      [
        randomUUID(),
        request.kind,
        request.portfolioId ?? null,
        JSON.stringify(request.owner),
        input,
        createHash('sha256').update(input).digest('hex'),
        request.seed ?? randomInt(2 ** 32),
        context?.correlationId ?? randomUUID(),
        context?.traceparent ?? null,
      ],
    );
    if (job === undefined) throw new Error('the database returned no row for an insert');
    afterCommit(tx, () => this.wake());
    return job;
  }

  /** @throws NotFoundError when there is no such job, or the principal may not see it */
  async get(id: string, principal: Principal): Promise<Job> {
    const parameters: unknown[] = [id];
    const visible = visibility(principal, parameters);
    const [job] = await this.persistence.query<Job>(
      `SELECT ${jobColumns} FROM job WHERE id = $1 AND ${visible}`,
      parameters,
    );
    if (job === undefined) throw new NotFoundError('job', id);
    return job;
  }

  /** Jobs that the principal may see, newest first. */
  async list(filter: JobFilter, principal: Principal): Promise<Page<Job>> {
    const after = decodeCursor(filter.cursor, cursorSchema);
    const parameters: unknown[] = [
      filter.kind ?? null,
      filter.state ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      filter.limit + 1,
    ];
    const visible = visibility(principal, parameters);
    const found = await this.persistence.query<Job>(
      `SELECT ${jobColumns} FROM job
       WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2)
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid)) AND ${visible}
       ORDER BY created_at DESC, id DESC LIMIT $5`,
      parameters,
    );
    return toPage(
      found,
      filter.limit,
      (job) => [job.createdAt, job.id],
      (job) => job,
    );
  }

  /**
   * Asks for a job's end: a queued job is cancelled at once, a running one within a second.
   *
   * @throws KitError `JOB_FINISHED` when it has ended
   */
  async cancel(id: string, principal: Principal): Promise<Job> {
    await this.get(id, principal);
    await this.persistence.transaction(async (tx) => {
      const touched = await execute(
        tx,
        `UPDATE job SET cancel_requested = TRUE,
           state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
           finished_at = CASE WHEN state = 'queued' THEN clock_timestamp() END
         WHERE id = $1 AND state IN ('queued', 'running')`,
        [id],
      );
      if (touched === 0) throw new KitError('JOB_FINISHED');
      afterCommit(tx, () => this.wake());
    });
    return this.get(id, principal);
  }

  /** Calls back whenever this process has queued or cancelled a job. @returns how to stop it */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Jobs of a portfolio are seen with the portfolio; others by their owner and by operators. */
function visibility(principal: Principal, parameters: unknown[]): string {
  const inScope = portfolioCondition(principal.portfolios, 'portfolio_id', parameters);
  const subject = parameters.push(principal.subject);
  const issuer = parameters.push(principal.issuer);
  const operator = principal.has('operator') ? 'TRUE' : 'FALSE';
  return `(CASE WHEN portfolio_id IS NOT NULL THEN ${inScope}
           ELSE ${operator} OR (owner ->> 'subject' = $${subject} AND owner ->> 'issuer' = $${issuer}) END)`;
}
