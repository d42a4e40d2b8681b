import { Injectable } from '@nestjs/common';
import {
  businessDate,
  fraction,
  instant,
  limitDefinition,
  type Breach,
  type Instant,
  type LimitDefinition,
} from '@risk-budget/contracts';
import { businessCalendar } from '@risk-budget/market-data';
import { executeLater, insertMany, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { breachEstimate, type BreachEstimate } from './breach-estimate.js';

const limitRow = z.object({ body: limitDefinition });
const estimateRow = z.object({ body: breachEstimate });
const madeRow = z.object({ estimateId: z.uuid(), at: instant, calendar: z.string() });
const outcomeRow = z.object({ date: businessDate, probability: fraction, broken: z.boolean() });
export type BreachOutcome = z.infer<typeof outcomeRow>;

/** Limits in force, the breaches that were opened, and the chances that were given to them before. */
@Injectable()
export class BreachProbabilityRepository {
  constructor(private readonly persistence: Persistence) {}

  /** A version that is older than what is known changes nothing. */
  async putLimit(tx: Tx, limit: LimitDefinition): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO known_limit (limit_id, portfolio_id, body) VALUES ($1, $2, $3::jsonb)
       ON CONFLICT (limit_id) DO UPDATE SET body = excluded.body
       WHERE (known_limit.body->>'version')::integer <= (excluded.body->>'version')::integer`,
      [limit.limitId, limit.portfolioId, JSON.stringify(limit)],
    );
  }

  async putBreak(tx: Tx, { breachId, portfolioId, limitId, openedAt }: Breach): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO limit_break (breach_id, portfolio_id, limit_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [breachId, portfolioId, limitId, openedAt],
    );
  }

  /** The limits of a portfolio in force at a moment, with the bound of an override where one is. */
  async limitsInForce(tx: Tx, portfolioId: string, at: Instant): Promise<LimitDefinition[]> {
    const found = await rows(tx, 'SELECT body FROM known_limit WHERE portfolio_id = $1 ORDER BY limit_id', [
      portfolioId,
    ]);
    const isWithin = ({ effectiveFrom, effectiveTo }: { effectiveFrom: Instant; effectiveTo?: Instant | undefined }) =>
      Date.parse(effectiveFrom) <= Date.parse(at) &&
      (effectiveTo === undefined || Date.parse(effectiveTo) > Date.parse(at));
    return found
      .map((row) => limitRow.parse(row).body)
      .filter((limit) => limit.status === 'active' && isWithin(limit))
      .map((limit) => ({ ...limit, bound: limit.overrides?.find(isWithin)?.bound ?? limit.bound }));
  }

  async insert(tx: Tx, calendar: string, estimates: readonly BreachEstimate[]): Promise<void> {
    await insertMany(
      tx,
      'breach_estimate',
      { estimate_id: 'uuid', portfolio_id: 'text', at: 'timestamptz', calendar: 'text', body: 'jsonb' },
      estimates.map((one) => ({
        estimate_id: one.estimateId,
        portfolio_id: one.portfolioId,
        at: one.asOf,
        calendar,
        body: JSON.stringify(one),
      })),
    );
  }

  async latest(portfolioId: string, at: Instant): Promise<BreachEstimate | undefined> {
    const [row] = await this.persistence.query(
      'SELECT body FROM breach_estimate WHERE portfolio_id = $1 AND at <= $2 ORDER BY at DESC LIMIT 1',
      [portfolioId, at],
    );
    return row === undefined ? undefined : estimateRow.parse(row).body;
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<BreachEstimate>> {
    const before = decodeCursor(page.cursor, z.iso.datetime());
    const found = await this.persistence.query(
      `SELECT body FROM breach_estimate WHERE portfolio_id = $1 AND ($2::timestamptz IS NULL OR at < $2)
       ORDER BY at DESC LIMIT $3`,
      [portfolioId, before ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => estimateRow.parse(row).body),
      page.limit,
      (one) => one.asOf,
      (one) => one,
    );
  }

  /**
   * Chances given to limits that were not broken yet, and whether a breach was opened within the horizon: up to the time of the run so many
   * business days of the portfolio's calendar later, whether there was one or not.
   *
   * @param now horizons that end later have not passed
   */
  async outcomes(portfolioId: string, horizonDays: number, count: number, now: Instant): Promise<BreachOutcome[]> {
    const made = (
      await this.persistence.query(
        `SELECT estimate_id AS "estimateId", at, calendar FROM breach_estimate WHERE portfolio_id = $1 ORDER BY at DESC LIMIT $2`,
        // Every estimate whose horizon has passed has a chance at least; those of the last days have not.
        [portfolioId, count + horizonDays + 1],
      )
    ).map((row) => madeRow.parse(row));
    const past = made
      .map(({ estimateId, at, calendar }) => ({ estimateId, until: businessDaysLater(calendar, at, horizonDays) }))
      .filter(({ until }) => Date.parse(until) <= Date.parse(now));
    const found = await this.persistence.query(
      `SELECT to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date, (p->>'probability')::float8 AS probability,
         EXISTS (SELECT FROM limit_break b WHERE b.portfolio_id = r.portfolio_id AND b.limit_id = l->>'limitId'
                 AND b.at > r.at AND b.at <= e.until) AS broken
       FROM unnest($1::uuid[], $2::timestamptz[]) AS e(estimate_id, until) JOIN breach_estimate r USING (estimate_id),
         jsonb_array_elements(r.body->'limits') l, jsonb_array_elements(l->'probabilities') p
       WHERE NOT (l->>'broken')::boolean AND (p->>'horizonDays')::integer = $3
       ORDER BY r.at DESC, l->>'limitId' LIMIT $4`,
      [past.map(({ estimateId }) => estimateId), past.map(({ until }) => until), horizonDays, count],
    );
    return found.map((row) => outcomeRow.parse(row)).reverse();
  }
}

/** The same time of day so many business days on. */
function businessDaysLater(calendar: string, at: Instant, days: number): Instant {
  return `${businessCalendar(calendar).addBusinessDays(at.slice(0, 10), days)}${at.slice(10)}`;
}
