import { Injectable } from '@nestjs/common';
import type { FxRate, Instant } from '@risk-budget/contracts';
import { ensureSeriesOf, Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { read, write } from '../common/database.js';
import { noRate } from '../errors.js';
import { conversionsFrom, type KnownRate } from './conversions.js';

/** A conversion: one unit of the first currency in units of the second. */
export interface Conversion {
  readonly rate: number;
  /** Time of the rate (of the older one for a cross rate); the question's `asOf` for a currency into itself. */
  readonly time: Instant;
}

export interface RatesQuery {
  /** All pairs when absent. */
  readonly pairs?: readonly string[];
  /** Inclusive. */
  readonly from?: Instant;
  readonly at: AsOf;
  /** Start behind this rate of the order by pair and time. */
  readonly after?: { readonly pair: string; readonly time: Instant };
  readonly limit?: number;
}

/** What is stored of one pair. */
export interface RateCoverage {
  readonly pair: string;
  readonly firstTime: Instant;
  readonly lastTime: Instant;
  /** Times with a rate. */
  readonly rates: number;
}

/** Exchange rates with their revisions. A pair EURUSD is dollars for one euro. */
@Injectable()
export class FxStore {
  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
  ) {}

  /** @returns the pairs with a new or corrected rate */
  async put(rates: readonly FxRate[], source: Source, tx?: Tx): Promise<string[]> {
    const given = new Map(rates.map((rate) => [`${rate.pair} ${rate.time}`, rate]));
    if (given.size === 0) return [];
    return write(this.persistence, tx, async (inTx) => {
      const list = [...given.values()];
      await ensureSeriesOf(
        inTx,
        'md_fx_rate',
        list.map((rate) => rate.time),
      );
      const changed = await rows<{ pair: string; time: string }>(
        inTx,
        `INSERT INTO md_fx_rate (pair, time, revision, known_at, source_id, rate)
         SELECT g.pair, g.time, coalesce((SELECT max(f.revision) FROM md_fx_rate f
                  WHERE f.pair = g.pair AND f.time = g.time), 0) + 1, $4, $5, g.rate
         FROM unnest($1::text[], $2::timestamptz[], $3::numeric[]) AS g(pair, time, rate)
         WHERE g.rate IS DISTINCT FROM (
           SELECT f.rate FROM md_fx_rate f WHERE f.pair = g.pair AND f.time = g.time AND f.known_at <= $4
           ORDER BY f.known_at DESC, f.revision DESC LIMIT 1)
         RETURNING pair, time`,
        [
          list.map((rate) => rate.pair),
          list.map((rate) => rate.time),
          list.map((rate) => rate.rate),
          source.occurredAt,
          source.id,
        ],
      );
      const pairs = [...new Set(changed.map((row) => row.pair))].sort();
      if (pairs.length > 0) {
        const earliest = changed.reduce((first, row) => (row.time < first ? row.time : first), changed[0]?.time ?? '');
        await this.changes.append(inTx, 'rate', pairs, earliest);
      }
      return pairs;
    });
  }

  /**
   * From each currency into `to`: by the pair, its inverse, or the cross through one third currency, in that order of
   * preference (of several crosses the newest). A currency without any way is absent.
   */
  async conversions(from: readonly string[], to: string, at: AsOf, tx?: Tx): Promise<Map<string, Conversion>> {
    const foreign = [...new Set(from)].filter((currency) => currency !== to);
    const found = new Map<string, Conversion>();
    if (from.includes(to)) found.set(to, { rate: 1, time: at.asOf });
    if (foreign.length === 0) return found;
    const rates = await this.latest(at, tx);
    for (const [currency, conversion] of conversionsFrom(foreign, to, rates)) found.set(currency, conversion);
    return found;
  }

  /** @throws MarketDataError `MARKET_DATA.NO_RATE` */
  async convert(from: string, to: string, at: AsOf, tx?: Tx): Promise<Conversion> {
    const conversion = (await this.conversions([from], to, at, tx)).get(from);
    if (conversion === undefined) throw noRate(from, to, at.asOf);
    return conversion;
  }

  /** Time of the newest rate of a pair. */
  async newest(pair: string, tx?: Tx): Promise<Instant | undefined> {
    const [row] = await read<{ time: string }>(
      this.persistence,
      tx,
      'SELECT time FROM md_fx_rate WHERE pair = $1 ORDER BY time DESC LIMIT 1',
      [pair],
    );
    return row?.time;
  }

  /** Every rate of some pairs (of all when absent) up to a moment as known at another, by pair and time. */
  async history(query: RatesQuery, tx?: Tx): Promise<KnownRate[]> {
    const found = await read<{ pair: string; time: string; rate: string }>(
      this.persistence,
      tx,
      `SELECT DISTINCT ON (pair, time) pair, time, rate FROM md_fx_rate
       WHERE ($1::text[] IS NULL OR pair = ANY ($1::text[])) AND time >= $2 AND time <= $3 AND known_at <= $4
         AND ($5::text IS NULL OR (pair, time) > ($5::text, $6::timestamptz))
       ORDER BY pair, time, known_at DESC, revision DESC LIMIT $7`,
      [
        query.pairs === undefined ? null : query.pairs,
        query.from ?? '-infinity',
        query.at.asOf,
        query.at.knownAt,
        query.after?.pair ?? null,
        query.after?.time ?? null,
        query.limit ?? null,
      ],
    );
    return found.map((row) => ({ pair: row.pair, time: row.time, rate: Number(row.rate) }));
  }

  /** What is stored of each pair, by name. */
  coverage(tx?: Tx): Promise<RateCoverage[]> {
    return read<RateCoverage>(
      this.persistence,
      tx,
      `SELECT pair, min(time) AS "firstTime", max(time) AS "lastTime", count(*) FILTER (WHERE revision = 1) AS rates
       FROM md_fx_rate GROUP BY pair ORDER BY pair`,
    );
  }

  /** The latest rate of every pair. A skip scan over the pairs: there are few of them and many rates. */
  private async latest(at: AsOf, tx?: Tx): Promise<KnownRate[]> {
    const found = await read<{ pair: string; time: string; rate: string }>(
      this.persistence,
      tx,
      `WITH RECURSIVE pairs AS (
         SELECT min(pair) AS pair FROM md_fx_rate
         UNION ALL SELECT (SELECT min(f.pair) FROM md_fx_rate f WHERE f.pair > p.pair) FROM pairs p WHERE p.pair IS NOT NULL)
       SELECT p.pair, f.time, f.rate FROM pairs p
       CROSS JOIN LATERAL (
         SELECT time, rate FROM md_fx_rate f WHERE f.pair = p.pair AND f.time <= $1 AND f.known_at <= $2
         ORDER BY f.time DESC, f.known_at DESC, f.revision DESC LIMIT 1) f
       WHERE p.pair IS NOT NULL`,
      [at.asOf, at.knownAt],
    );
    return found.map((row) => ({ pair: row.pair, time: row.time, rate: Number(row.rate) }));
  }
}
