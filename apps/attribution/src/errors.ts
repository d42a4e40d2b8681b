import { CodedError, NotFoundError } from '@risk-budget/contracts';
import { RiskMathError } from '@risk-budget/risk-math';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** Codes of this service. They never change their meaning. */
export const attributionErrors = {
  'ATTRIBUTION.NO_SNAPSHOT': {
    status: 404,
    description: 'No snapshot of the portfolio exists, or none as early as asked; the detail says what is missing.',
  },
  'ATTRIBUTION.UNKNOWN_SNAPSHOT': { status: 404, description: 'The portfolio has no snapshot of that id.' },
  'ATTRIBUTION.INPUT_GONE': {
    status: 422,
    description:
      'Something that the snapshot rests on (positions, prices, the risk model, the plan) is not in this service’s store.',
  },
  'ATTRIBUTION.NOT_REBUILT': {
    status: 422,
    description: 'What is stored does not give the figures of the snapshot; nothing is explained from other figures.',
  },
  'ATTRIBUTION.NOT_DEFINED': {
    status: 422,
    description:
      'The portfolio has no such figure: no benchmark for a tracking error, no scenarios for a historical measure.',
  },
  'ATTRIBUTION.NO_FACTORS': {
    status: 422,
    description: 'The risk model has no factors of its own and none were named; or those named cannot be told apart.',
  },
  'ATTRIBUTION.UNKNOWN_NODE': { status: 404, description: 'The portfolio holds nothing in that node.' },
  'ATTRIBUTION.UNKNOWN_EXPLANATION': { status: 404, description: 'The portfolio has no explanation of that id.' },
  'ATTRIBUTION.NO_RETURN': {
    status: 422,
    description: 'An instrument held, or of the benchmark, has no return on a day of the period.',
  },
  'ATTRIBUTION.PERIOD_TOO_LONG': {
    status: 400,
    description: 'The period has more business days than are told at once.',
  },
  'ATTRIBUTION.TIMES_IN_WRONG_ORDER': { status: 400, description: '`from` is after `to`.' },
} as const satisfies ErrorCatalogue;

export type AttributionErrorCode = keyof typeof attributionErrors;

/** An expected refusal of this service; the status comes from the code. */
export class AttributionError extends CodedError {
  constructor(code: AttributionErrorCode, detail: string, options: { field?: string; cause?: unknown } = {}) {
    super({
      code,
      status: attributionErrors[code].status,
      detail,
      ...(options.field === undefined ? {} : { errors: [{ field: options.field, problem: detail }] }),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
  }
}

/** The same answer for a portfolio that does not exist and for one that is not visible. */
export const unknownPortfolio = (portfolioId: string): NotFoundError => new NotFoundError('portfolio', portfolioId);

/** Turns a refusal of the mathematics into a coded error; anything else is passed on as it is. */
export function asCodedError(error: unknown): unknown {
  if (!RiskMathError.is(error)) return error;
  return new AttributionError('ATTRIBUTION.NOT_DEFINED', `${error.message}.`, { cause: error });
}
