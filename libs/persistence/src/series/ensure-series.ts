import { afterCommit, rows, type Persistence, type Tx } from '../persistence.js';
import type { DataSource } from 'typeorm';

interface Range {
  from: number;
  to: number;
  /** Until when this is believed: another process may drop old partitions. */
  until: number;
}

const BELIEVED_MS = 60_000;

/** Ranges known to be covered, per pool and table, so that the server is asked once for each new chunk only. */
const covered = new WeakMap<DataSource, Map<string, Range[]>>();

/**
 * Makes sure that a series table can take rows of a range of time, however far back. Call it in the writing
 * transaction before the rows; what is covered already costs nothing. On a hypertable it does nothing.
 *
 * @param from first instant or day to be written, ISO text
 * @param to last instant or day to be written
 */
export async function ensureSeries(tx: Tx, table: string, from: string, to: string = from): Promise<void> {
  const wanted = { from: Date.parse(from), to: Date.parse(to) };
  const known = rangesOf(tx.dataSource, table);
  if (known.some((range) => range.until > performance.now() && range.from <= wanted.from && wanted.to < range.to))
    return;
  const [made] = await rows<{ lower: string; upper: string }>(
    tx,
    'SELECT lower, upper FROM series_ensure($1, $2, $3)',
    [table, from, to],
  );
  if (made === undefined) return;
  const range = {
    from: bound(made.lower, -Infinity),
    to: bound(made.upper, Infinity),
    until: performance.now() + BELIEVED_MS,
  };
  // Not before the commit: a rollback takes the partition with it.
  afterCommit(tx, () => {
    known.splice(0, known.length, ...known.filter((other) => other.until > performance.now()), range);
  });
}

/** {@link ensureSeries} for the earliest and latest of some instants or days. */
export async function ensureSeriesOf(tx: Tx, table: string, times: Iterable<string>): Promise<void> {
  let [first, last]: [string | undefined, string | undefined] = [undefined, undefined];
  for (const time of times) {
    if (first === undefined || time < first) first = time;
    if (last === undefined || time > last) last = time;
  }
  if (first !== undefined && last !== undefined) await ensureSeries(tx, table, first, last);
}

/**
 * Makes the partitions of the coming two days, and drops what lies wholly before the days that its series is kept.
 *
 * @param now by the service's clock: in a replay what counts is how old rows are there
 * @returns how many partitions or chunks were dropped
 */
export async function upkeepSeries(persistence: Persistence, now: string): Promise<number> {
  // Apart, so that nothing is locked for dropping while partitions are made.
  await persistence.query('SELECT series_ahead($1)', [now]);
  const [row] = await persistence.query<{ dropped: number }>('SELECT series_retain($1) AS dropped', [now]);
  covered.delete(persistence.dataSource);
  return row?.dropped ?? 0;
}

function rangesOf(dataSource: DataSource, table: string): Range[] {
  const tables = covered.get(dataSource) ?? new Map<string, Range[]>();
  covered.set(dataSource, tables);
  const ranges = tables.get(table) ?? [];
  tables.set(table, ranges);
  return ranges;
}

function bound(text: string, infinite: number): number {
  return text.includes('infinity') ? infinite : Date.parse(text);
}
