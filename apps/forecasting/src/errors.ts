import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { RiskMathError } from '@risk-budget/risk-math';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** The codes of this service. */
export const forecastingErrors = {
  'FORECASTING.UNKNOWN_MODEL': {
    status: 404,
    description: 'There is no such risk model, or it is not visible to this token.',
  },
  'FORECASTING.NO_MODEL': { status: 404, description: 'No risk model of the portfolio was known at that moment.' },
  'FORECASTING.NO_FACTORS': { status: 404, description: 'The risk model is a covariance; it has no factors.' },
  'FORECASTING.TOO_FEW_OBSERVATIONS': {
    status: 422,
    description: 'The price history is shorter than the policy’s minimum, or than its method needs.',
  },
  'FORECASTING.FACTOR_WITHOUT_HISTORY': {
    status: 422,
    description: 'A factor of the policy’s model has no history of its own in the window.',
  },
  'FORECASTING.UNIVERSE_TOO_LARGE': {
    status: 422,
    description: 'A covariance of so many instruments is refused; a factor model has no such bound.',
  },
  'FORECASTING.TOO_LONG_FOR_A_REQUEST': {
    status: 422,
    description: 'The estimate takes too long to wait for; ask for it as a job.',
  },
  'FORECASTING.ESTIMATE_FAILED': {
    status: 422,
    description: 'The estimator refuses the returns; the detail says why.',
  },
  'FORECASTING.UNKNOWN_SUBJECT': { status: 404, description: 'Nothing of that name was ever forecast.' },
  'FORECASTING.NO_FORECAST': { status: 404, description: 'No forecast of the subject was known at that moment.' },
  'FORECASTING.NOT_SCORED': { status: 404, description: 'No forecast of the subject has been scored yet.' },
  'FORECASTING.NO_ESTIMATE': {
    status: 404,
    description: 'No breach probabilities of the portfolio were known at that moment.',
  },
  'FORECASTING.UNKNOWN_FIT': { status: 404, description: 'There is no such fit, or it is not visible to this token.' },
  'FORECASTING.NO_REGIME': { status: 404, description: 'No regime of the market was known at that moment.' },
} as const satisfies ErrorCatalogue;

export type ForecastingErrorCode = keyof typeof forecastingErrors;

/** An expected refusal of this service. */
export class ForecastingError extends CodedError {
  constructor(code: ForecastingErrorCode, detail: string, errors?: readonly FieldProblem[]) {
    super({ code, status: forecastingErrors[code].status, detail, ...(errors === undefined ? {} : { errors }) });
  }
}

/** What a refusal of risk-math is to those outside; other errors are returned as they are. */
export function asForecastingError(error: unknown): unknown {
  if (!RiskMathError.is(error)) return error;
  return new ForecastingError(
    error.reason === 'tooFewObservations' ? 'FORECASTING.TOO_FEW_OBSERVATIONS' : 'FORECASTING.ESTIMATE_FAILED',
    error.message,
  );
}
