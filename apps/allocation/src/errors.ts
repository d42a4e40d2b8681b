import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { RiskMathError, type RiskMathFailureReason } from '@risk-budget/risk-math';
import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** The codes of this service. */
export const allocationErrors = {
  'ALLOCATION.UNKNOWN_ALLOCATION': { status: 404, description: 'There is no such allocation of this portfolio.' },
  'ALLOCATION.UNKNOWN_PLAN': {
    status: 404,
    description: 'There is no such plan, or no such version of it, in this portfolio.',
  },
  'ALLOCATION.UNKNOWN_TRANSFER': { status: 404, description: 'There is no such transfer of this plan.' },
  'ALLOCATION.UNKNOWN_REBALANCING': { status: 404, description: 'There is no such rebalancing of this portfolio.' },
  'ALLOCATION.NO_ACTIVE_PLAN': { status: 404, description: 'No plan of the portfolio was in force at that moment.' },
  'ALLOCATION.WRONG_STATE': {
    status: 409,
    description:
      'The state of the plan, transfer, policy or adjustment does not allow this; the detail says what it allows.',
  },
  'ALLOCATION.NO_MODEL': { status: 409, description: 'The portfolio has no risk model yet.' },
  'ALLOCATION.OWN_APPROVAL': {
    status: 403,
    description: 'The person has proposed or edited this version; another one must approve or reject it.',
  },
  'ALLOCATION.INFEASIBLE': {
    status: 422,
    description: 'No weights satisfy all constraints; `errors` names a minimal set that clash.',
  },
  'ALLOCATION.AMBIGUOUS': {
    status: 422,
    description: 'The problem has several solutions and the request does not say which is meant.',
  },
  'ALLOCATION.NOT_SOLVED': {
    status: 422,
    description: 'The method is not defined for this input, or did not reach its tolerance.',
  },
  'ALLOCATION.NOT_MODELLED': {
    status: 422,
    description: 'Instruments that the risk model does not have; `errors` names them.',
  },
  'ALLOCATION.NO_BENCHMARK': {
    status: 422,
    description: 'Active risk needs a benchmark whose instruments the risk model has.',
  },
  'ALLOCATION.NO_LEAVES': { status: 422, description: 'The portfolio holds nothing and the request names no leaves.' },
  'ALLOCATION.INVALID_REQUEST': {
    status: 422,
    description: 'The parts of the request do not fit each other; `errors` names the fields.',
  },
  'ALLOCATION.INVALID_TREE': {
    status: 422,
    description: 'A budget tree names a node that cannot be, or one twice; `errors` names the nodes.',
  },
  'ALLOCATION.CHILDREN_EXCEED_PARENT': {
    status: 422,
    description: 'Children take more budget than their parent has; `errors` names each with its allowed range.',
  },
  'ALLOCATION.POLICY_VERSION_REUSED': {
    status: 422,
    description: 'A policy of this id and version exists with other contents; a changed policy takes a new version.',
  },
  'ALLOCATION.INVALID_TRANSFER': {
    status: 422,
    description: 'The transfer cannot be made; `errors` names the allowed range.',
  },
  'ALLOCATION.UNKNOWN_DYNAMIC_POLICY': {
    status: 404,
    description: 'There is no such dynamic policy of this portfolio, or none in force.',
  },
  'ALLOCATION.UNKNOWN_ADJUSTMENT': {
    status: 404,
    description: 'There is no such adjustment of this portfolio’s budgets.',
  },
  'ALLOCATION.PREVIEW_TOO_LONG': {
    status: 422,
    description: 'The preview spans too many days; `errors` names the allowed range.',
  },
} as const satisfies ErrorCatalogue;

export type AllocationErrorCode = keyof typeof allocationErrors;

/** An expected refusal of this service. */
export class AllocationError extends CodedError {
  constructor(code: AllocationErrorCode, detail: string, errors?: readonly FieldProblem[]) {
    super({ code, status: allocationErrors[code].status, detail, ...(errors === undefined ? {} : { errors }) });
  }
}

const codes: Readonly<Record<RiskMathFailureReason, AllocationErrorCode>> = {
  infeasible: 'ALLOCATION.INFEASIBLE',
  ambiguous: 'ALLOCATION.AMBIGUOUS',
  invalidInput: 'ALLOCATION.INVALID_REQUEST',
  tooFewObservations: 'ALLOCATION.NOT_SOLVED',
  notPositiveSemiDefinite: 'ALLOCATION.NOT_SOLVED',
  notConverged: 'ALLOCATION.NOT_SOLVED',
  outOfDomain: 'ALLOCATION.NOT_SOLVED',
};

/** What a refusal of risk-math is to those outside; other errors are returned as they are. */
export function asAllocationError(error: unknown): unknown {
  if (!RiskMathError.is(error)) return error;
  const { reason, message, details } = error;
  const clashing = (details.clashing ?? []).map((constraint) => ({
    field: fieldOf(constraint),
    problem: 'cannot hold together with the others named here',
  }));
  const field =
    details.field === undefined
      ? []
      : [{ field: requestFields[details.field] ?? details.field, problem: message, ...allowedBy(details.field) }];
  return new AllocationError(codes[reason], `${message}.`, clashing.length > 0 ? clashing : field);
}

/** What fields of risk-math are called in a request. */
const requestFields: Readonly<Record<string, string>> = {
  budgets: 'riskShares',
  'within.weights': 'within',
  covariance: 'modelId',
};

function allowedBy(field: string): { allowed?: string } {
  return field === 'budgets' ? { allowed: '0 to 1 each, 1 in sum' } : {};
}

/** Where a clashing constraint stands in the request. */
function fieldOf(constraint: string): string {
  const [kind = '', ...rest] = constraint.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'lowerBound':
    case 'upperBound':
      return `constraints.bounds.${name}.${kind === 'lowerBound' ? 'lower' : 'upper'}`;
    case 'groupLower':
    case 'groupUpper':
      return `constraints.groups.${name}.${kind === 'groupLower' ? 'lower' : 'upper'}`;
    case 'zeroBudget':
      return `riskShares.${name}`;
    case 'long':
    case 'short':
      return `signs.${name}`;
    case 'relativeWeight':
      return `within.${name}`;
    default:
      return `scale.${constraint}`;
  }
}
