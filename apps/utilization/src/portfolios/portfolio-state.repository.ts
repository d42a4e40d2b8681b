import { Injectable } from '@nestjs/common';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { portfolioCondition, TimerLock, type FiredTimer, type PortfolioScope } from '@risk-budget/service-kit';
import { nothingAlerted } from '../alerts/alert-memory.js';
import { portfolioState, presentState, type PortfolioState, type PresentState } from './portfolio-state.js';

const columns = `portfolio_id AS "portfolioId", sequence, snapshot_id AS "snapshotId", as_of AS "asOf", seen_to AS "seenTo", model_id AS "modelId",
  plan_id AS "planId", plan_version AS "planVersion", currencies, problem, memory, headline, limits_revision AS "limitsRevision",
  rebuilding`;

/** Rows of `portfolio_state`. */
@Injectable()
export class PortfolioStateRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The timers of this service are each about one portfolio, named by their key, and are set while its row is locked. */
  @TimerLock()
  async ofTimer({ kind, key }: Pick<FiredTimer, 'kind' | 'key'>, tx: Tx): Promise<void> {
    if (kind.startsWith('utilization.')) await this.lock(tx, key);
  }

  /** The row of a portfolio, made when it is not there yet, locked until the transaction ends. */
  async lock(tx: Tx, portfolioId: string): Promise<PortfolioState> {
    // Both are asked for at once, so that what is asked for behind them stands behind the lock.
    const [, [row]] = await Promise.all([
      executeLater(
        tx,
        'INSERT INTO portfolio_state (portfolio_id, memory) VALUES ($1, $2::jsonb) ON CONFLICT (portfolio_id) DO NOTHING',
        [portfolioId, JSON.stringify(nothingAlerted)],
      ),
      rows(tx, `SELECT ${columns} FROM portfolio_state WHERE portfolio_id = $1 FOR UPDATE`, [portfolioId]),
    ]);
    return portfolioState.parse(row);
  }

  /** Writes down up to which moment ticks have been taken in that no snapshot tells of. */
  async saw(tx: Tx, portfolioId: string, moment: string): Promise<void> {
    await executeLater(tx, 'UPDATE portfolio_state SET seen_to = $2 WHERE portfolio_id = $1', [portfolioId, moment]);
  }

  async setRebuilding(tx: Tx, portfolioId: string, rebuilding: boolean): Promise<void> {
    await executeLater(tx, 'UPDATE portfolio_state SET rebuilding = $2 WHERE portfolio_id = $1', [
      portfolioId,
      rebuilding,
    ]);
  }

  /** Writes what snapshots and ticks change; the revision of the limits is not of it. */
  async save(tx: Tx, state: Omit<PortfolioState, 'limitsRevision' | 'rebuilding'>): Promise<void> {
    await executeLater(
      tx,
      `UPDATE portfolio_state
       SET sequence = $2, snapshot_id = $3, as_of = $4, model_id = $5, plan_id = $6, plan_version = $7, currencies = $8::text[],
           problem = $9::jsonb, memory = $10::jsonb, headline = $11::jsonb, seen_to = $12
       WHERE portfolio_id = $1`,
      [
        state.portfolioId,
        state.sequence,
        state.snapshotId,
        state.asOf,
        state.modelId,
        state.planId,
        state.planVersion,
        state.currencies,
        json(state.problem),
        json(state.memory),
        json(state.headline),
        state.seenTo,
      ],
    );
  }

  async find(portfolioId: string, tx?: Tx): Promise<PortfolioState | undefined> {
    const sql = `SELECT ${columns} FROM portfolio_state WHERE portfolio_id = $1`;
    const [row] =
      tx === undefined ? await this.persistence.query(sql, [portfolioId]) : await rows(tx, sql, [portfolioId]);
    return row === undefined ? undefined : portfolioState.parse(row);
  }

  /** What decides whether a kept evaluation is still the present one; asked at every what-if, so no more than that. */
  async present(portfolioId: string): Promise<PresentState | undefined> {
    const [row] = await this.persistence.query(
      `SELECT portfolio_id AS "portfolioId", snapshot_id AS "snapshotId", as_of AS "asOf", sequence, problem
       FROM portfolio_state WHERE portfolio_id = $1`,
      [portfolioId],
    );
    return row === undefined ? undefined : presentState.parse(row);
  }

  /** Portfolios that a scope may see, by id, after one of them. */
  async list(scope: PortfolioScope, after: string, limit: number): Promise<PortfolioState[]> {
    const parameters: unknown[] = [after, limit];
    const found = await this.persistence.query(
      `SELECT ${columns} FROM portfolio_state
       WHERE portfolio_id > $1 AND ${portfolioCondition(scope, 'portfolio_id', parameters)}
       ORDER BY portfolio_id LIMIT $2`,
      parameters,
    );
    return found.map((row) => portfolioState.parse(row));
  }

  /** The newest moment that any portfolio's state is of; null before the first. */
  async newestMoment(tx: Tx): Promise<string | null> {
    const [row] = await rows<{ newest: string | null }>(
      tx,
      'SELECT greatest(max(as_of), max(seen_to)) AS newest FROM portfolio_state',
    );
    return row?.newest ?? null;
  }

  /** Portfolios whose figures rest on exchange rates of these currencies, and those that have no figures: a rate may be what they lack. */
  async convertingAny(tx: Tx, currencies: readonly string[]): Promise<string[]> {
    const found = await rows<{ id: string }>(
      tx,
      `SELECT portfolio_id AS id FROM portfolio_state
       WHERE problem IS NOT NULL OR (cardinality(currencies) > 1 AND currencies && $1::text[])`,
      [currencies],
    );
    return found.map((row) => row.id);
  }
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
