/** One problem with one field of an input: which field, what is wrong, and what would have been accepted. */
export interface FieldProblem {
  /** Path of the field, for example `positions[3].quantity`. */
  readonly field: string;
  readonly problem: string;
  /** The allowed range or set, in words or as a value. */
  readonly allowed?: string;
}

export interface CodedErrorOptions {
  /** Stable code, for example `LIMITS.UNKNOWN_LIMIT`. Clients and operators match on it; it never changes its meaning. */
  readonly code: string;
  /** HTTP status that this error answers with. */
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
  /** True when trying the same thing again later may succeed: a consumer then retries before it parks. */
  readonly retryable?: boolean;
  /** Seconds after which a client may try again; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

const brand = Symbol.for('@risk-budget/coded-error');

/**
 * Base of every error that leaves a service: a stable code, an HTTP status, a sentence for a person, and the fields at fault.
 * Recognised by a symbol and not by its class, so that two copies of this package agree.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldProblem[];
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly [brand] = true;

  constructor(options: CodedErrorOptions) {
    super(`${options.code}: ${options.detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status;
    this.detail = options.detail;
    this.errors = options.errors ?? [];
    this.retryable = options.retryable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  static is(error: unknown): error is CodedError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

/** An input that does not fit its schema; names every field at fault. */
export class ValidationError extends CodedError {
  constructor(errors: readonly FieldProblem[], detail = 'The input does not fit its schema.') {
    super({ code: 'VALIDATION_FAILED', status: 400, detail, errors });
  }
}

/** The thing asked for does not exist, or is not visible to the one who asks: the two are never told apart. */
export class NotFoundError extends CodedError {
  constructor(kind: string, id: string, code = 'NOT_FOUND') {
    super({ code, status: 404, detail: `There is no ${kind} '${id}'.` });
  }
}

/** The request is well formed, but the present state does not allow it. */
export class ConflictError extends CodedError {
  constructor(code: string, detail: string, errors?: readonly FieldProblem[]) {
    super({ code, status: 409, detail, ...(errors ? { errors } : {}) });
  }
}
