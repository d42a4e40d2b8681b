import { Injectable } from '@nestjs/common';
import { dateOf, type CorporateAction, type Instant } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { AsOf } from '../common/as-of.js';
import { read } from '../common/database.js';
import { CorporateActionStore } from '../corporate-actions/corporate-action.store.js';
import type { ComingMark } from './mark-timeline.js';

/** The price at which an instrument stands at a moment. */
export interface Mark {
  readonly instrumentId: string;
  /** Raw price in the instrument's currency and in units of the question's day; see {@link carriedPrice}. */
  readonly price: number;
  /** When it was a price. */
  readonly time: Instant;
  readonly source: 'bar' | 'tick';
}

interface Row {
  id: string;
  bar_time: string | null;
  close: string | null;
  tick_time: string | null;
  price: string | null;
}

/** The latest price as of a moment: the newest of bars and ticks; at the same time the bar. */
@Injectable()
export class MarkStore {
  constructor(
    private readonly persistence: Persistence,
    private readonly corporateActions: CorporateActionStore,
  ) {}

  /**
   * Instruments without any price are absent.
   *
   * @param unseen ids of the events of ticks that are left out, as if they had not come yet
   */
  async marks(
    instrumentIds: readonly string[],
    at: AsOf,
    tx?: Tx,
    unseen: readonly string[] = [],
  ): Promise<Map<string, Mark>> {
    const marks = new Map<string, Mark>();
    if (instrumentIds.length === 0) return marks;
    const actions = await this.corporateActions.find(instrumentIds, at, tx);
    for (const row of await this.read(instrumentIds, at, unseen, tx)) {
      const isBar =
        row.close !== null &&
        row.bar_time !== null &&
        (row.tick_time === null || Date.parse(row.bar_time) >= Date.parse(row.tick_time));
      const [price, time] = isBar ? [row.close, row.bar_time] : [row.price, row.tick_time];
      if (price === null || time === null) continue;
      marks.set(row.id, {
        instrumentId: row.id,
        price: carriedPrice(Number(price), time, actions.get(row.id)),
        time,
        source: isBar ? 'bar' : 'tick',
      });
    }
    return marks;
  }

  /**
   * Prices, raw, that become visible after `from` and up to `to`, in that order: those of the last day, for what is older can only be a
   * correction.
   *
   * @param unseen ids of the events of ticks that are left out
   */
  async coming(
    instrumentIds: readonly string[],
    { from, to, unseen }: { readonly from: Instant; readonly to: Instant; readonly unseen: readonly string[] },
    tx?: Tx,
  ): Promise<ComingMark[]> {
    const found = await read<{ id: string; price: string; time: string; visible: string; source: 'bar' | 'tick' }>(
      this.persistence,
      tx,
      `WITH coming AS (
         SELECT instrument_id, price, time, known_at, 'tick' AS source, ordinal FROM md_tick
         WHERE instrument_id = ANY($1::text[]) AND time > $2::timestamptz - interval '1 day' AND time <= $3
           AND source_id <> ALL($4::uuid[])
         UNION ALL
         SELECT instrument_id, close, time, known_at, 'bar', 0 FROM md_bar
         WHERE instrument_id = ANY($1::text[]) AND time > $2::timestamptz - interval '1 day' AND time <= $3)
       SELECT instrument_id AS id, price, time, greatest(time, known_at) AS visible, source FROM coming
       WHERE known_at <= $3 AND (time > $2 OR known_at > $2) ORDER BY visible, ordinal`,
      [instrumentIds, from, to, unseen],
    );
    return found.map(({ id, price, time, visible, source }) => ({
      ...{ instrumentId: id, price: Number(price), time, visibleFrom: visible, source },
    }));
  }

  private read(
    instrumentIds: readonly string[],
    at: AsOf,
    unseen: readonly string[],
    tx: Tx | undefined,
  ): Promise<Row[]> {
    return read<Row>(
      this.persistence,
      tx,
      `SELECT i.id, b.time AS bar_time, b.close, t.time AS tick_time, t.price
       FROM unnest($1::text[]) AS i(id)
       LEFT JOIN LATERAL (
         SELECT time, close FROM md_bar WHERE instrument_id = i.id AND time <= $2 AND known_at <= $3
         ORDER BY time DESC, known_at DESC, revision DESC LIMIT 1) b ON true
       LEFT JOIN LATERAL (
         SELECT time, price FROM md_tick
         WHERE instrument_id = i.id AND time <= $2 AND known_at <= $3 AND source_id <> ALL($4::uuid[])
         ORDER BY time DESC, ordinal DESC LIMIT 1) t ON true`,
      [instrumentIds, at.asOf, at.knownAt, unseen],
    );
  }
}

/**
 * A price from before an ex-date in units of today, so that quantity × price does not move by the corporate action alone:
 * divided by the ratio of a split; less a dividend that the holdings count as cash from its ex-date on (positions
 * `before`).
 *
 * @param actions oldest first, with ex-dates at or before today
 */
export function carriedPrice(price: number, time: Instant, actions: readonly CorporateAction[] | undefined): number {
  let carried = price;
  for (const action of actions ?? []) {
    if (action.exDate <= dateOf(time)) continue;
    if (action.kind === 'split') carried /= Number(action.ratio);
    else if (action.positions === 'before') carried -= Number(action.amount);
  }
  return carried;
}
