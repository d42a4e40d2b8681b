import { identifier } from './sql.js';

/** A bitemporal table: one row per key, valid time and revision, each known from a moment on. */
export interface BitemporalTable {
  table: string;
  /** Columns that name the thing, such as `['instrument_id', 'interval']`. */
  key: readonly string[];
  /** Default `valid_time`. */
  validTime?: string;
  /** Default `revision`: a higher one corrects a lower one. */
  revision?: string;
  /** Default `known_at`. */
  knownAt?: string;
}

export interface AsOfQuery extends BitemporalTable {
  /** Columns to give; default all. */
  columns?: readonly string[];
  /** The parameter that holds the moment of knowledge, such as `$1`; without it the latest revisions are given. */
  knownAtParameter?: string;
  /** Further conditions, such as `instrument_id = ANY($2) AND valid_time <= $3`. */
  where?: string;
}

/**
 * SQL for what was known at a moment: for each key and valid time the latest revision whose `known_at` is not after it.
 * Ordered by key, then valid time. Conditions in `where` must be on key or valid time; on anything else they would
 * hide a correction and show what it corrected.
 */
export function asOfQuery(query: AsOfQuery): string {
  const validTime = identifier(query.validTime ?? 'valid_time');
  const revision = identifier(query.revision ?? 'revision');
  const knownAt = identifier(query.knownAt ?? 'known_at');
  const distinct = [...query.key.map(identifier), validTime].join(', ');
  const conditions = [
    ...(query.knownAtParameter === undefined ? [] : [`${knownAt} <= ${query.knownAtParameter}`]),
    ...(query.where === undefined ? [] : [`(${query.where})`]),
  ];
  const columns = query.columns === undefined ? '*' : query.columns.map(identifier).join(', ');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT DISTINCT ON (${distinct}) ${columns} FROM ${identifier(query.table)}${where} ORDER BY ${distinct}, ${revision} DESC, ${knownAt} DESC`;
}

/** SQL of the view `<table>_latest`: the latest revision of everything. */
export function latestView(table: BitemporalTable): string {
  return `CREATE VIEW ${identifier(`${table.table}_latest`)} AS ${asOfQuery(table)}`;
}
