import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** The codes of this service. */
export const stressErrors = {
  'STRESS.UNKNOWN_SCENARIO': { status: 404, description: 'There is no such scenario in the library.' },
} as const satisfies ErrorCatalogue;

export type StressErrorCode = keyof typeof stressErrors;

/** An expected refusal of this service. */
export class StressError extends CodedError {
  constructor(code: StressErrorCode, detail: string, errors?: readonly FieldProblem[]) {
    super({ code, status: stressErrors[code].status, detail, ...(errors === undefined ? {} : { errors }) });
  }
}
