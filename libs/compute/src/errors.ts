/** The brand by which every coded error of the system is recognised, whichever package made it. */
const codedErrorBrand = Symbol.for('@risk-budget/coded-error');

/** A failure of the pool itself, in the shape of the system's coded errors: a code, an HTTP status and a sentence. */
export class ComputeError extends Error {
  readonly errors: readonly never[] = [];
  readonly [codedErrorBrand] = true;

  constructor(
    readonly code: 'COMPUTE_OVERLOADED' | 'COMPUTE_CANCELLED' | 'COMPUTE_CLOSED' | 'COMPUTE_WORKER_LOST',
    readonly status: number,
    readonly detail: string,
    readonly retryable: boolean,
    readonly retryAfterSeconds?: number,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'ComputeError';
  }

  static is(error: unknown): error is ComputeError {
    return error instanceof Error && codedErrorBrand in error && error.name === 'ComputeError';
  }
}

/** The queue is full: a service answers 503 with `Retry-After`. */
export function overloaded(queued: number): ComputeError {
  return new ComputeError(
    'COMPUTE_OVERLOADED',
    503,
    `All workers are busy and ${queued} computations wait; try again in a moment.`,
    true,
    1,
  );
}

/** The caller's signal was raised. */
export function cancelled(): ComputeError {
  return new ComputeError('COMPUTE_CANCELLED', 409, 'The computation was cancelled.', false);
}

/** The pool has been closed. */
export function closed(): ComputeError {
  return new ComputeError('COMPUTE_CLOSED', 503, 'The service is shutting down.', true, 5);
}

/** A worker ended in the middle of a computation, for example for want of memory. */
export function workerLost(cause: unknown): ComputeError {
  const error = new ComputeError('COMPUTE_WORKER_LOST', 503, 'A worker ended before it had finished.', true, 1);
  error.cause = cause;
  return error;
}
