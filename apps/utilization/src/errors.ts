import { CodedError, NotFoundError } from '@risk-budget/contracts';
import type { ErrorCatalogue } from '@risk-budget/service-kit';
import { RiskMathError } from '@risk-budget/risk-math';

/** Codes of this service. They never change their meaning. */
export const utilizationErrors = {
  'UTILIZATION.NO_SNAPSHOT': {
    status: 404,
    description: 'No snapshot of the portfolio exists, or none as early as asked; the detail says what is missing.',
  },
  'UTILIZATION.NOT_EVALUABLE': {
    status: 409,
    description: 'The present state of the portfolio cannot be evaluated; the detail says what is missing.',
  },
  'UTILIZATION.NOT_COMPUTABLE': {
    status: 422,
    description: 'The risk of the portfolio is not defined with these trades or as of that moment.',
  },
  'UTILIZATION.TOO_MANY_STREAMS': {
    status: 503,
    description: 'This instance serves as many live streams as it can; another one, or a later try, may take one more.',
  },
  'UTILIZATION.TIMES_IN_WRONG_ORDER': {
    status: 400,
    description: '`from` is after `to`, or `knownAt` is given without `asOf`.',
  },
} as const satisfies ErrorCatalogue;

export type UtilizationErrorCode = keyof typeof utilizationErrors;

/** An expected refusal of this service; the status comes from the code. */
export class UtilizationError extends CodedError {
  constructor(code: UtilizationErrorCode, detail: string, options: { field?: string; cause?: unknown } = {}) {
    super({
      code,
      status: utilizationErrors[code].status,
      detail,
      ...(code === 'UTILIZATION.TOO_MANY_STREAMS' ? { retryable: true, retryAfterSeconds: 5 } : {}),
      ...(options.field === undefined ? {} : { errors: [{ field: options.field, problem: detail }] }),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
  }
}

/** The same answer for a portfolio that does not exist and for one that is not visible. */
export const unknownPortfolio = (portfolioId: string): NotFoundError => new NotFoundError('portfolio', portfolioId);

export const unknownSnapshot = (snapshotId: string): NotFoundError => new NotFoundError('snapshot', snapshotId);

export const noSnapshot = (portfolioId: string, reason: string): UtilizationError =>
  new UtilizationError('UTILIZATION.NO_SNAPSHOT', `There is no snapshot of the portfolio '${portfolioId}': ${reason}`);

/** Turns a refusal of the mathematics into a coded error; anything else is passed on as it is. */
export function asCodedError(error: unknown): unknown {
  if (!RiskMathError.is(error)) return error;
  return new UtilizationError('UTILIZATION.NOT_COMPUTABLE', `${error.message}.`, { cause: error });
}
