import type pg from 'pg';
import { isStalePlan } from './infrastructure-error.js';
import { wireValues, type WireValue } from './parameters.js';

/** Texts that are prepared at most; SQL that is put together from its input would otherwise fill the server's memory. */
const MAX_PREPARED = 1_000;

const names = new Map<string, string>();
let given = 0;

/** What runs a statement: a connection, or a pool of them. */
interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

/**
 * Runs a statement, prepared once per connection under a name that stands for its text: the server parses it only once, and
 * plans it anew only until one plan has shown to serve all parameters.
 *
 * A migration that adds a column to what the statement gives makes the server refuse it as prepared. That error shows as a
 * transient conflict, and the next run prepares the text afresh.
 */
export async function runPrepared<Row extends pg.QueryResultRow>(
  on: Queryable,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  const config = preparedConfig(text, values);
  if (config === undefined) return on.query<Row>({ text, values: wireValues(values) });
  try {
    return await on.query<Row>(config);
  } catch (error) {
    noteStale(config, error);
    throw error;
  }
}

/** A statement under the name that stands for its text. */
export interface PreparedConfig {
  readonly name: string;
  readonly text: string;
  readonly values: WireValue[];
}

/** A statement under its name; undefined for one that is not prepared. */
export function preparedConfig(text: string, values: unknown[]): PreparedConfig | undefined {
  const name = nameOf(text);
  return name === undefined ? undefined : { name, text, values: wireValues(values) };
}

/** Has a text prepared afresh, under another name, when the server has refused it as prepared. */
export function noteStale({ name, text }: PreparedConfig, error: unknown): void {
  if (isStalePlan(error) && names.get(text) === name) names.delete(text);
}

function nameOf(text: string): string | undefined {
  // Several statements in one text cannot be prepared.
  if (text.includes(';')) return undefined;
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_PREPARED) return known;
  const name = `s${++given}`;
  names.set(text, name);
  return name;
}
