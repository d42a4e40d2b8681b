import { CodedError, ConflictError, NotFoundError, type FieldProblem } from '@risk-budget/contracts';

/** The error catalogue of the limits service. A code never changes its meaning. */

export const unknownLimit = (limitId: string): NotFoundError =>
  new NotFoundError('limit', limitId, 'LIMITS.UNKNOWN_LIMIT');

export const unknownOverride = (overrideId: string): NotFoundError =>
  new NotFoundError('override', overrideId, 'LIMITS.UNKNOWN_OVERRIDE');

export const unknownBreach = (breachId: string): NotFoundError =>
  new NotFoundError('breach', breachId, 'LIMITS.UNKNOWN_BREACH');

export const unknownPortfolio = (portfolioId: string): NotFoundError =>
  new NotFoundError('portfolio', portfolioId, 'LIMITS.UNKNOWN_PORTFOLIO');

export const unknownEscalationPolicy = (policyId: string): NotFoundError =>
  new NotFoundError('escalation policy', policyId, 'LIMITS.UNKNOWN_ESCALATION_POLICY');

export const unknownReservation = (reservationId: string): NotFoundError =>
  new NotFoundError('reservation', reservationId, 'LIMITS.UNKNOWN_RESERVATION');

export const unknownPreTradeCheck = (checkId: string): NotFoundError =>
  new NotFoundError('pre-trade check', checkId, 'LIMITS.UNKNOWN_PRE_TRADE_CHECK');

/** A limit that does not make sense by itself, whatever else is in force. */
export const badLimit = (errors: readonly FieldProblem[]): CodedError =>
  new CodedError({
    code: 'LIMITS.BAD_LIMIT',
    status: 422,
    detail: 'The limit cannot be held against any figure.',
    errors,
  });

/** Rows of an upload at fault; nothing of the upload was stored. */
export const badUpload = (errors: readonly FieldProblem[]): CodedError =>
  new CodedError({
    code: 'LIMITS.BAD_UPLOAD',
    status: 422,
    detail: 'Rows of the upload are at fault; nothing was stored.',
    errors,
  });

export const limitExists = (limitId: string): ConflictError =>
  new ConflictError(
    'LIMITS.LIMIT_EXISTS',
    `The limit id '${limitId}' is taken; revise that limit, or choose another id.`,
  );

export const overlappingLimit = (limitId: string, other: string): ConflictError =>
  new ConflictError(
    'LIMITS.OVERLAPPING_LIMIT',
    `Limit '${limitId}' overlaps limit '${other}': same portfolio, measure, scope, direction and severity at the same time.`,
    [{ field: 'effectiveFrom', problem: `the interval overlaps that of limit '${other}'` }],
  );

export const ownApproval = (what: string): CodedError =>
  new CodedError({
    code: 'LIMITS.OWN_APPROVAL',
    status: 403,
    detail: `The ${what} must be decided by somebody who has neither proposed nor edited it.`,
  });

export const ownWaiver = (breachId: string): CodedError =>
  new CodedError({
    code: 'LIMITS.OWN_WAIVER',
    status: 403,
    detail: `Breach '${breachId}' must be waived by somebody who has neither acknowledged it nor planned its remediation.`,
  });

export const nothingProposed = (limitId: string): ConflictError =>
  new ConflictError('LIMITS.NOTHING_PROPOSED', `No version of limit '${limitId}' waits for a decision.`);

export const limitTransitionRefused = (
  limitId: string,
  from: string,
  action: string,
  allowed: readonly string[],
): ConflictError =>
  new ConflictError('LIMITS.LIMIT_TRANSITION_REFUSED', `Limit '${limitId}' is ${from}: '${action}' is not possible.`, [
    { field: 'status', problem: `does not allow '${action}'`, allowed: allowed.join(', ') || 'nothing' },
  ]);

export const breachTransitionRefused = (
  breachId: string,
  from: string,
  action: string,
  allowed: readonly string[],
): ConflictError =>
  new ConflictError(
    'LIMITS.BREACH_TRANSITION_REFUSED',
    `Breach '${breachId}' is ${from}: '${action}' is not possible.`,
    [{ field: 'state', problem: `does not allow '${action}'`, allowed: allowed.join(', ') || 'nothing' }],
  );

export const overrideDecided = (overrideId: string, status: string): ConflictError =>
  new ConflictError('LIMITS.OVERRIDE_DECIDED', `Override '${overrideId}' is ${status} already.`);

export const overlappingOverride = (limitId: string, other: string): ConflictError =>
  new ConflictError('LIMITS.OVERLAPPING_OVERRIDE', `Limit '${limitId}' has override '${other}' in that time already.`);

export const mustLieAhead = (field: string, now: string): CodedError =>
  new CodedError({
    code: 'LIMITS.MUST_LIE_AHEAD',
    status: 422,
    detail: `'${field}' must lie ahead of the business time.`,
    errors: [{ field, problem: 'is not in the future', allowed: `after ${now}` }],
  });

export const escalationPolicyExists = (policyId: string): ConflictError =>
  new ConflictError(
    'LIMITS.ESCALATION_POLICY_EXISTS',
    `Escalation policy '${policyId}' exists; policies do not change, so that a running ladder keeps its deadlines.`,
  );

export const webhookRefused = (field: string, problem: string, allowed: string): CodedError =>
  new CodedError({
    code: 'LIMITS.WEBHOOK_TARGET_REFUSED',
    status: 422,
    detail: 'A webhook target is not allowed.',
    errors: [{ field, problem, allowed }],
  });

/** The figures that a pre-trade check needs are not there (yet): no positions, no model, no mark. */
export const notComputable = (detail: string, cause?: unknown): CodedError =>
  new CodedError({ code: 'LIMITS.NOT_COMPUTABLE', status: 409, detail, cause });

export const reservationNotOpen = (reservationId: string, state: string): ConflictError =>
  new ConflictError('LIMITS.RESERVATION_NOT_OPEN', `Reservation '${reservationId}' is ${state}.`);

/** This service has not yet received what a snapshot was computed from; it will, so the snapshot is tried again. */
export const behindSnapshot = (what: string): CodedError =>
  new CodedError({
    code: 'LIMITS.BEHIND_SNAPSHOT',
    status: 503,
    detail: `The ${what} behind the snapshot has not arrived here yet.`,
    retryable: true,
  });
