/** Classes of SQLSTATE that say nothing about the statement: connection, resources, operator intervention, system. */
const infrastructureClasses = new Set(['08', '53', '57', '58', '28']);

/** Single SQLSTATEs: serialization failure, deadlock, lock and idle timeouts, read-only server, database missing. */
const infrastructureStates = new Set(['40001', '40P01', '55P03', '25P03', '25006', '3D000']);

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EMFILE',
  'ENFILE',
  'ENOSPC',
]);

/** The client libraries give these without any code. */
const messages = [
  /^Connection terminated/i,
  /timeout exceeded when trying to connect/i,
  /^timeout expired$/i,
  /Query read timeout/i,
  /Client has encountered a connection error/i,
  /Client was closed and is not queryable/i,
  /Cannot use a pool after calling end on the pool/i,
  /^Driver not Connected/i,
  /Connection is not established/i,
  /^Query runner already released/i,
];

/**
 * Whether an error comes from the infrastructure (connection refused or lost, shutdown, deadlock, serialization,
 * timeout, too many connections) rather than from what was asked of it. Looks through wrappers: TypeORM's
 * `driverError`, `cause` and `AggregateError`.
 */
export function isInfrastructureError(error: unknown): boolean {
  return examine(error, 0);
}

/** Whether a transaction failed only because it met another one, or a migration, so that running it again may succeed. */
export function isTransientConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01' || isStalePlan(error);
}

/** Whether the server refused a prepared statement because its result has other columns by now. */
export function isStalePlan(error: unknown): boolean {
  return isObject(error) && error['code'] === '0A000' && error['routine'] === 'RevalidateCachedQuery';
}

/** The SQLSTATE of a database error, looked for through wrappers; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; isObject(current) && depth < 6; depth++) {
    const code = current['code'];
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !networkCodes.has(code)) return code;
    current = current['driverError'] ?? current['cause'];
  }
  return undefined;
}

function examine(error: unknown, depth: number): boolean {
  if (!isObject(error) || depth > 6) return false;
  if (error['infrastructure'] === true || error['name'] === 'TimeoutError') return true;
  const code = error['code'];
  if (typeof code === 'string') {
    if (networkCodes.has(code) || infrastructureStates.has(code)) return true;
    if (/^[0-9A-Z]{5}$/.test(code) && infrastructureClasses.has(code.slice(0, 2))) return true;
  }
  const message = error['message'];
  if (typeof message === 'string' && messages.some((pattern) => pattern.test(message))) return true;
  if (Array.isArray(error['errors']) && error['errors'].some((inner) => examine(inner, depth + 1))) return true;
  return examine(error['driverError'], depth + 1) || examine(error['cause'], depth + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
