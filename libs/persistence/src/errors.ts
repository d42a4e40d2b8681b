/**
 * An error of the storage layer with a stable code, such as `PERSISTENCE.SCHEMA_BEHIND`. It has the shape that the
 * services' error filter reads (code, status, detail, retryable) without depending on it.
 */
export class PersistenceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly retryable: boolean;

  constructor(code: string, detail: string, options: { status?: number; retryable?: boolean; cause?: unknown } = {}) {
    super(`[${code}] ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PersistenceError';
    this.code = code;
    this.detail = detail;
    this.status = options.status ?? 500;
    this.retryable = options.retryable ?? false;
  }
}

/** Something around us failed (database, broker, disk): the work itself is not to blame and may be repeated as it is. */
export class InfrastructureError extends PersistenceError {
  readonly infrastructure = true;

  constructor(code: string, detail: string, options: { cause?: unknown } = {}) {
    super(code, detail, { status: 503, retryable: true, ...options });
    this.name = 'InfrastructureError';
  }
}

/** A transaction that is over, or whose connection was lost, was asked for more. */
export const transactionEnded = (): InfrastructureError =>
  new InfrastructureError('PERSISTENCE.TRANSACTION_ENDED', 'the transaction has ended, or its connection was lost');

/** TimescaleDB is required by configuration and the server does not have it. */
export const timescaleRequired = (detail: string): PersistenceError =>
  new PersistenceError('PERSISTENCE.TIMESCALE_REQUIRED', detail, { status: 503 });

/** A migration that has run differs from the one of that name in the code, or the list itself is wrong. */
export const migrationMismatch = (detail: string): PersistenceError =>
  new PersistenceError('PERSISTENCE.MIGRATION_MISMATCH', detail);

/** A definition (table, column, key, interval) that cannot be turned into SQL. */
export const badDefinition = (detail: string): PersistenceError =>
  new PersistenceError('PERSISTENCE.BAD_DEFINITION', detail);

/** A text that is no decimal number, or an operation that has no decimal result. */
export const badDecimal = (detail: string): PersistenceError =>
  new PersistenceError('PERSISTENCE.BAD_DECIMAL', detail, { status: 400 });
