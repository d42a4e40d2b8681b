import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { RiskMathError } from '@risk-budget/risk-math';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** The codes of this service. */
export const stressErrors = {
  'STRESS.UNKNOWN_SCENARIO': { status: 404, description: 'There is no such scenario in the library.' },
  'STRESS.SCENARIO_EXISTS': { status: 409, description: 'The library has a scenario by this id; revise it instead.' },
  'STRESS.NOTHING_PROPOSED': { status: 409, description: 'No version of the scenario waits for a decision.' },
  'STRESS.NOTHING_IN_FORCE': {
    status: 409,
    description: 'No version of the scenario is in force that could be retired.',
  },
  'STRESS.OWN_APPROVAL': {
    status: 403,
    description: 'Whoever proposed or edited this version may not decide on it; somebody else must.',
  },
  'STRESS.UNKNOWN_RUN': { status: 404, description: 'There is no such run, or it is not visible to this token.' },
  'STRESS.RUN_NOT_FINISHED': { status: 409, description: 'The run has no results yet; its job says how far it is.' },
  'STRESS.NO_RUN': { status: 404, description: 'No scheduled run of the portfolio was finished at that moment.' },
  'STRESS.NO_HISTORY': {
    status: 422,
    description:
      'The prices known do not cover the days asked for, or nothing stands for an instrument without history.',
  },
  'STRESS.UNKNOWN_SHOCK_TARGET': {
    status: 422,
    description: 'A shock names what neither the portfolio nor its risk model has.',
  },
  'STRESS.NO_BENCHMARK': {
    status: 422,
    description: 'A shock of the market needs a benchmark that the risk model knows; the portfolio has none.',
  },
  'STRESS.NO_POSITIONS': { status: 422, description: 'The portfolio holds nothing that could lose.' },
  'STRESS.NOT_COMPUTABLE': { status: 422, description: 'The mathematics refuses the scenario; the detail says why.' },
} as const satisfies ErrorCatalogue;

export type StressErrorCode = keyof typeof stressErrors;

/** An expected refusal of this service. */
export class StressError extends CodedError {
  constructor(code: StressErrorCode, detail: string, errors?: readonly FieldProblem[]) {
    super({ code, status: stressErrors[code].status, detail, ...(errors === undefined ? {} : { errors }) });
  }
}

/** What a refusal of risk-math is to those outside; other errors are returned as they are. */
export function asStressError(error: unknown): unknown {
  return RiskMathError.is(error) ? new StressError('STRESS.NOT_COMPUTABLE', error.message) : error;
}
