import { Injectable } from '@nestjs/common';
import { corporateAction as corporateActionSchema, dateOf, type CorporateAction } from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { read, write } from '../common/database.js';
import { RevisionCache } from '../common/revision-cache.js';

interface ActionRevision {
  /** Ex-date and kind. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly knownAt: number;
  readonly action: CorporateAction;
}

/** Splits and dividends by instrument, kind and ex-date. */
@Injectable()
export class CorporateActionStore {
  private readonly cache: RevisionCache<ActionRevision>;

  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
  ) {
    this.cache = new RevisionCache(changes, 'corporateAction', (ids, tx) => this.revisions(ids, tx));
  }

  /** @returns false when it is what was known already */
  async put(action: CorporateAction, source: Source, tx?: Tx): Promise<boolean> {
    return write(this.persistence, tx, async (inTx) => {
      const changed = await rows(
        inTx,
        `WITH given AS (SELECT $1::text AS instrument_id, $2::text AS kind, $3::date AS ex_date, $6::jsonb AS body)
         INSERT INTO md_corporate_action (instrument_id, kind, ex_date, revision, known_at, source_id, body)
         SELECT g.instrument_id, g.kind, g.ex_date, coalesce((
             SELECT max(a.revision) FROM md_corporate_action a
             WHERE a.instrument_id = g.instrument_id AND a.kind = g.kind AND a.ex_date = g.ex_date), 0) + 1, $4, $5, g.body
         FROM given g
         WHERE g.body IS DISTINCT FROM (
           SELECT a.body FROM md_corporate_action a
           WHERE a.instrument_id = g.instrument_id AND a.kind = g.kind AND a.ex_date = g.ex_date AND a.known_at <= $4
           ORDER BY a.known_at DESC, a.revision DESC LIMIT 1)
         RETURNING instrument_id`,
        [action.instrumentId, action.kind, action.exDate, source.occurredAt, source.id, JSON.stringify(action)],
      );
      // It changes the adjusted prices before its ex-date, as far back as they go.
      if (changed.length > 0) await this.changes.append(inTx, 'corporateAction', [action.instrumentId], undefined);
      return changed.length > 0;
    });
  }

  /** Actions with an ex-date at or before the day of `asOf`, oldest first (splits before dividends), by instrument. */
  async find(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<Map<string, CorporateAction[]>> {
    const [day, known] = [dateOf(at.asOf), Date.parse(at.knownAt)];
    const found = new Map<string, CorporateAction[]>();
    for (const [id, revisions] of await this.cache.get(instrumentIds, tx)) {
      // The last revision of each key stands in the place of the first.
      const byKey = new Map<string, CorporateAction>();
      for (const { key, knownAt, action } of revisions) {
        if (knownAt <= known && action.exDate <= day) byKey.set(key, action);
      }
      if (byKey.size > 0) found.set(id, [...byKey.values()]);
    }
    return found;
  }

  private async revisions(ids: readonly string[], tx: Tx | undefined): Promise<Map<string, ActionRevision[]>> {
    const found = await read<{ instrument_id: string; known_at: string; body: unknown }>(
      this.persistence,
      tx,
      `SELECT instrument_id, known_at, body FROM md_corporate_action WHERE instrument_id = ANY ($1::text[])
       ORDER BY instrument_id, ex_date, kind DESC, known_at, revision`,
      [ids],
    );
    const byInstrument = new Map<string, ActionRevision[]>();
    for (const row of found) {
      const action = corporateActionSchema.parse(row.body);
      const list = byInstrument.get(row.instrument_id) ?? [];
      list.push({ key: `${action.exDate} ${action.kind}`, knownAt: Date.parse(row.known_at), action });
      byInstrument.set(row.instrument_id, list);
    }
    return byInstrument;
  }
}
