import type { ErrorCatalogue } from '@risk-budget/service-kit';

/** Every code of this service with its status and when a client meets it; served at `/docs/errors`. */
export const limitsErrors = {
  'LIMITS.OWN_APPROVAL': {
    status: 403,
    description: 'A proposal is decided by somebody who has neither made nor edited it.',
  },
  'LIMITS.OWN_WAIVER': {
    status: 403,
    description: 'A breach is waived by somebody who has neither acknowledged it nor planned its remediation.',
  },
  'LIMITS.UNKNOWN_LIMIT': { status: 404, description: 'There is no such limit, or it is not visible to this token.' },
  'LIMITS.UNKNOWN_OVERRIDE': { status: 404, description: 'The limit has no such override.' },
  'LIMITS.UNKNOWN_BREACH': { status: 404, description: 'There is no such breach, or it is not visible to this token.' },
  'LIMITS.UNKNOWN_PORTFOLIO': { status: 404, description: 'No such portfolio has been defined.' },
  'LIMITS.UNKNOWN_ESCALATION_POLICY': { status: 404, description: 'There is no such escalation policy.' },
  'LIMITS.UNKNOWN_RESERVATION': { status: 404, description: 'The portfolio has no such reservation.' },
  'LIMITS.UNKNOWN_PRE_TRADE_CHECK': { status: 404, description: 'The portfolio has no such pre-trade check.' },
  'LIMITS.LIMIT_EXISTS': { status: 409, description: 'The limit id is taken; revise that limit instead.' },
  'LIMITS.OVERLAPPING_LIMIT': {
    status: 409,
    description: 'Another limit has the same portfolio, measure, scope, direction and severity at the same time.',
  },
  'LIMITS.NOTHING_PROPOSED': { status: 409, description: 'No version of the limit waits for a decision.' },
  'LIMITS.LIMIT_TRANSITION_REFUSED': {
    status: 409,
    description: 'The status of the limit does not allow the action; `errors` names the actions that it allows.',
  },
  'LIMITS.BREACH_TRANSITION_REFUSED': {
    status: 409,
    description: 'The state of the breach does not allow the action; `errors` names the actions that it allows.',
  },
  'LIMITS.OVERRIDE_DECIDED': { status: 409, description: 'The override was approved or rejected already.' },
  'LIMITS.OVERLAPPING_OVERRIDE': { status: 409, description: 'Another override of the limit counts at the same time.' },
  'LIMITS.ESCALATION_POLICY_EXISTS': {
    status: 409,
    description: 'The id is taken; policies do not change, so that a running ladder keeps its deadlines.',
  },
  'LIMITS.RESERVATION_NOT_OPEN': { status: 409, description: 'The reservation was used, released or has expired.' },
  'LIMITS.NOT_COMPUTABLE': {
    status: 409,
    description: 'The figures after the trades cannot be computed: too little is modelled, or the mathematics refuses.',
  },
  'LIMITS.BAD_LIMIT': { status: 422, description: 'The limit cannot be held against any figure; `errors` says why.' },
  'LIMITS.BAD_UPLOAD': {
    status: 422,
    description: 'Rows of an upload are at fault; `errors` names them, and nothing was stored.',
  },
  'LIMITS.MUST_LIE_AHEAD': { status: 422, description: 'An end, expiry or due date lies in the past.' },
  'LIMITS.WEBHOOK_TARGET_REFUSED': {
    status: 422,
    description: 'A webhook target is not on the allow-list, not encrypted, or a private address.',
  },
  'LIMITS.BEHIND_SNAPSHOT': {
    status: 503,
    description: 'What a snapshot was computed from has not arrived here yet; the snapshot is tried again.',
  },
} as const satisfies ErrorCatalogue;
