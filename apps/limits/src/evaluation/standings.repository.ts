import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { standingStates, type Standing } from './standing.types.js';

const selection = `limit_id AS "limitId", portfolio_id AS "portfolioId", limit_version AS "limitVersion", state, value, bound, headroom,
  since, at, snapshot_id AS "snapshotId", held_snapshot_id AS "heldSnapshotId"`;

const standingRow = z.object({
  limitId: z.string(),
  portfolioId: z.string(),
  limitVersion: z.number(),
  state: z.enum(standingStates),
  value: z.number().nullable(),
  bound: z.number().nullable(),
  headroom: z.number().nullable(),
  since: z.string(),
  at: z.string(),
  snapshotId: z.string().nullable(),
  heldSnapshotId: z.string().nullable(),
}) satisfies z.ZodType<Standing>;

const changeRow = z.object({
  limitId: z.string(),
  limitVersion: z.number(),
  state: z.enum(standingStates),
  value: z.number().nullable(),
  bound: z.number().nullable(),
  from: z.string(),
  to: z.string().nullable(),
  snapshotId: z.string().nullable(),
});

/** A time during which a limit stood in one state, with the figures at its beginning. */
export type StandingInterval = z.infer<typeof changeRow>;

/** SQL over how limits stand, now and over time. */
@Injectable()
export class StandingsRepository {
  async of(tx: Tx, portfolioIds: readonly string[]): Promise<Standing[]> {
    const found = await rows(
      tx,
      `SELECT ${selection} FROM limit_standing WHERE portfolio_id = ANY($1) ORDER BY limit_id`,
      [[...portfolioIds]],
    );
    return z.array(standingRow).parse(found);
  }

  async put(tx: Tx, standings: readonly Standing[]): Promise<void> {
    if (standings.length === 0) return;
    await executeLater(
      tx,
      `INSERT INTO limit_standing (limit_id, portfolio_id, limit_version, state, value, bound, headroom, since, at, snapshot_id,
         held_snapshot_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::timestamptz[],
         $9::timestamptz[], $10::uuid[], $11::uuid[])
       ON CONFLICT (limit_id) DO UPDATE SET limit_version = excluded.limit_version, state = excluded.state, value = excluded.value,
         bound = excluded.bound, headroom = excluded.headroom, since = excluded.since, at = excluded.at,
         snapshot_id = excluded.snapshot_id, held_snapshot_id = excluded.held_snapshot_id`,
      [
        standings.map((standing) => standing.limitId),
        standings.map((standing) => standing.portfolioId),
        standings.map((standing) => standing.limitVersion),
        standings.map((standing) => standing.state),
        standings.map((standing) => standing.value),
        standings.map((standing) => standing.bound),
        standings.map((standing) => standing.headroom),
        standings.map((standing) => standing.since),
        standings.map((standing) => standing.at),
        standings.map((standing) => standing.snapshotId),
        standings.map((standing) => standing.heldSnapshotId),
      ],
    );
  }

  /** Writes down changes of state, in their order. */
  async addChanges(tx: Tx, changes: readonly Standing[]): Promise<void> {
    if (changes.length === 0) return;
    await executeLater(
      tx,
      `INSERT INTO compliance_change (limit_id, portfolio_id, limit_version, state, value, bound, at, snapshot_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::float8[], $6::float8[], $7::timestamptz[], $8::uuid[])`,
      [
        changes.map((change) => change.limitId),
        changes.map((change) => change.portfolioId),
        changes.map((change) => change.limitVersion),
        changes.map((change) => change.state),
        changes.map((change) => change.value),
        changes.map((change) => change.bound),
        changes.map((change) => change.since),
        changes.map((change) => change.snapshotId),
      ],
    );
  }

  /** The states of a portfolio's limits between two instants, that in force at the beginning included. */
  async history(
    tx: Tx,
    portfolioId: string,
    range: { readonly from: Instant; readonly to: Instant; readonly limitId?: string | undefined },
    after: readonly [string, number] | undefined,
    count: number,
  ): Promise<(StandingInterval & { readonly changeId: number })[]> {
    const found = await rows(
      tx,
      `SELECT * FROM (
         SELECT change_id AS "changeId", limit_id AS "limitId", limit_version AS "limitVersion", state, value, bound, at AS "from",
           lead(at) OVER (PARTITION BY limit_id ORDER BY change_id) AS "to", snapshot_id AS "snapshotId"
         FROM compliance_change WHERE portfolio_id = $1 AND ($4::text IS NULL OR limit_id = $4)) AS intervals
       WHERE "from" < $3 AND ("to" IS NULL OR "to" > $2) AND ($5::text IS NULL OR ("limitId", "changeId") > ($5, $6))
       ORDER BY "limitId", "changeId" LIMIT $7`,
      [portfolioId, range.from, range.to, range.limitId ?? null, after?.[0] ?? null, after?.[1] ?? null, count],
    );
    return z.array(changeRow.extend({ changeId: z.number() })).parse(found);
  }
}
