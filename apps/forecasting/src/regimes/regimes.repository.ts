import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { HORIZONS } from '../volatility/horizons.js';
import { regime, regimeFit, type Regime, type StateCount, type StoredRegime, type StoredRegimeFit } from './regime.js';

const regimeRow = z.object({ body: regime });
const fitRow = z.object({ body: regimeFit });

/** Regimes of each day, and the fits behind them. */
@Injectable()
export class RegimesRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The newest fit of each market and number of states. */
  async latestFits(tx: Tx, subjectIds: readonly string[]): Promise<StoredRegimeFit[]> {
    const found = await rows(
      tx,
      `SELECT DISTINCT ON (subject_id, states) body FROM regime_fit WHERE kind = 'market' AND subject_id = ANY($1::text[])
       ORDER BY subject_id, states, fitted_at DESC`,
      [subjectIds],
    );
    return found.map((row) => fitRow.parse(row).body);
  }

  async insertFits(tx: Tx, fits: readonly StoredRegimeFit[]): Promise<void> {
    await insertMany(
      tx,
      'regime_fit',
      { fit_id: 'uuid', kind: 'text', subject_id: 'text', states: 'integer', fitted_at: 'timestamptz', body: 'jsonb' },
      fits.map((fit) => ({
        fit_id: fit.fitId,
        kind: fit.kind,
        subject_id: fit.subjectId,
        states: fit.states,
        fitted_at: fit.fittedAt,
        body: JSON.stringify(fit),
      })),
    );
  }

  /** Keeps regimes, and that their forecasts are to be scored. */
  async insert(tx: Tx, regimes: readonly StoredRegime[]): Promise<void> {
    await insertMany(
      tx,
      'regime',
      {
        regime_id: 'uuid',
        kind: 'text',
        subject_id: 'text',
        states: 'integer',
        as_of: 'timestamptz',
        made_at: 'timestamptz',
        body: 'jsonb',
      },
      regimes.map((one) => ({
        regime_id: one.regimeId,
        kind: one.kind,
        subject_id: one.subjectId,
        states: one.states.length,
        as_of: one.asOf,
        made_at: one.madeAt,
        body: JSON.stringify(one),
      })),
    );
    await insertMany(
      tx,
      'regime_due',
      { regime_id: 'uuid', horizon_days: 'integer', calendar: 'text', as_of_date: 'date' },
      regimes.flatMap((one) =>
        HORIZONS.map((horizon) => ({
          regime_id: one.regimeId,
          horizon_days: horizon,
          calendar: one.calendar,
          as_of_date: one.asOf.slice(0, 10),
        })),
      ),
    );
  }

  /** When the last regimes of each market are as of. */
  async latestAsOf(tx: Tx, subjectIds: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
    const found = await rows<{ id: string; asOf: Instant }>(
      tx,
      `SELECT subject_id AS id, max(as_of) AS "asOf" FROM regime WHERE kind = 'market' AND subject_id = ANY($1::text[])
       GROUP BY subject_id`,
      [subjectIds],
    );
    return new Map(found.map(({ id, asOf }) => [id, asOf]));
  }

  async latest(subjectId: string, states: StateCount, at: Instant): Promise<Regime | undefined> {
    const [row] = await this.persistence.query(
      `SELECT body FROM regime WHERE kind = 'market' AND subject_id = $1 AND states = $2 AND made_at <= $3
       ORDER BY as_of DESC LIMIT 1`,
      [subjectId, states, at],
    );
    return row === undefined ? undefined : regimeRow.parse(row).body;
  }

  /** Newest first. */
  async list(
    subjectId: string,
    states: StateCount,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Regime>> {
    const before = decodeCursor(page.cursor, z.iso.datetime());
    const found = await this.persistence.query(
      `SELECT body FROM regime WHERE kind = 'market' AND subject_id = $1 AND states = $2
         AND ($3::timestamptz IS NULL OR as_of < $3)
       ORDER BY as_of DESC LIMIT $4`,
      [subjectId, states, before ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => regimeRow.parse(row).body),
      page.limit,
      (one) => one.asOf,
      (one) => one,
    );
  }
}
