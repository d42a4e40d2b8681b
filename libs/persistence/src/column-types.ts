import pg from 'pg';
import { PersistenceError } from './errors.js';

const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

/**
 * How this system reads columns, for its own connections only (nothing global is changed):
 * `timestamptz` as an ISO-8601 UTC text with milliseconds (`2020-01-02T21:00:00.000Z`), or microseconds where it has
 * them; `date` as `YYYY-MM-DD`; `bigint` as a number, refused beyond 2^53; `numeric` as a decimal text.
 */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      if (oid === TIMESTAMPTZ) return parseInstant;
      if (oid === DATE) return (text: string) => text;
      if (oid === INT8) return parseInt8;
    }
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/** `2020-01-02 21:00:00.5+00`, as a session in UTC prints it, to `2020-01-02T21:00:00.500Z`. */
export function parseInstant(text: string): string {
  const match = /^(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (match === null) return text;
  const [, year, month, day, time, fraction = ''] = match;
  const micros = fraction.padEnd(6, '0');
  const digits = micros.endsWith('000') ? micros.slice(0, 3) : micros;
  return `${year}-${month}-${day}T${time}.${digits}Z`;
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new PersistenceError(
      'PERSISTENCE.INTEGER_TOO_LARGE',
      `${text} does not fit a number exactly; select it as text`,
    );
  }
  return value;
}
