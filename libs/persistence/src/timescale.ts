import { timescaleRequired } from './errors.js';

/** Whether series tables must be (`required`), may be (`auto`) or are not to be (`off`) TimescaleDB hypertables. */
export type TimescaleMode = 'required' | 'auto' | 'off';

/**
 * Whether hypertables are to be used on this database.
 *
 * @throws `PERSISTENCE.TIMESCALE_REQUIRED`
 */
export async function checkTimescale(
  query: (sql: string) => Promise<unknown[]>,
  mode: TimescaleMode,
  warn: (message: string) => void,
): Promise<boolean> {
  if (mode === 'off') return false;
  const installed = (await query("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")).length > 0;
  if (installed) return true;
  const text = 'the TimescaleDB extension is not installed in this database';
  if (mode === 'required') {
    throw timescaleRequired(
      `${text}; install it and run db:provision again, or set TIMESCALE=auto to run on native partitions`,
    );
  }
  warnOnce(
    `TIMESCALE=auto: ${text}. Series are kept in native partitions: no compression, no continuous aggregates.`,
    warn,
  );
  return false;
}

const warned = new WeakSet<object>();

/** Standalone opens a persistence per service; one loud line per receiver is enough. */
function warnOnce(message: string, warn: (message: string) => void): void {
  if (warned.has(warn)) return;
  warned.add(warn);
  warn(`WARNING ${message}`);
}
