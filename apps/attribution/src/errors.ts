import { CodedError } from '@risk-budget/contracts';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** Codes of this service. They never change their meaning. */
export const attributionErrors = {
  'ATTRIBUTION.NO_SNAPSHOT': {
    status: 404,
    description: 'No snapshot of the portfolio exists, or none as early as asked; the detail says what is missing.',
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
