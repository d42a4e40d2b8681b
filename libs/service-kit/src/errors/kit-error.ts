import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { kitErrors, type KitErrorCode } from './error-catalogue.js';

export interface KitErrorOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
  /** Response headers that belong to this error, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error of the kit's own catalogue: the status comes from the code. */
export class KitError extends CodedError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: KitErrorCode, options: KitErrorOptions = {}) {
    const { status, description } = kitErrors[code];
    super({
      code,
      status,
      detail: options.detail ?? description,
      retryable: status === 503 || status === 429,
      ...(options.errors === undefined ? {} : { errors: options.errors }),
      ...(options.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: options.retryAfterSeconds }),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.headers = options.headers ?? {};
  }
}
