/** The closed set of reasons for which a risk-math function refuses to answer. */
export type RiskMathFailureReason =
  /** The series is shorter than the method needs. */
  | 'tooFewObservations'
  /** A matrix that must be positive semi-definite is not, beyond rounding. */
  | 'notPositiveSemiDefinite'
  /** No weights satisfy all constraints; `clashing` names a minimal set that cannot hold together. */
  | 'infeasible'
  /** The iteration stopped before its tolerance; `residual` says how far from it. */
  | 'notConverged'
  /** The input is well formed but the method is not defined for it. */
  | 'outOfDomain'
  /** The problem has several solutions and the input does not say which is meant. */
  | 'ambiguous'
  /** The input breaks the function's contract: wrong shape, NaN, unknown or repeated id. */
  | 'invalidInput';

/** What stands behind a failure, in numbers and names. */
export interface RiskMathFailureDetails {
  /** The argument at fault. */
  readonly field?: string;
  /** Ids the failure is about: instruments, assets, groups. */
  readonly ids?: readonly string[];
  /** Names of a minimal set of constraints that cannot all hold. */
  readonly clashing?: readonly string[];
  /** How far the result is from its optimality or feasibility condition. */
  readonly residual?: number;
  readonly iterations?: number;
  /** Observations given, and how many the method needs. */
  readonly observations?: number;
  readonly needed?: number;
  /** The smallest eigenvalue, when the matrix is not positive semi-definite. */
  readonly smallestEigenvalue?: number;
  readonly conditionNumber?: number;
}

const BRAND = Symbol.for('@risk-budget/risk-math.RiskMathError');

/** The one error that risk-math throws. `reason` is stable and closed; `message` is for people. */
export class RiskMathError extends Error {
  readonly reason: RiskMathFailureReason;
  readonly details: RiskMathFailureDetails;

  constructor(reason: RiskMathFailureReason, message: string, details: RiskMathFailureDetails = {}) {
    super(message);
    this.name = 'RiskMathError';
    this.reason = reason;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Recognises the error across copies of the package and across worker threads. */
  static is(value: unknown): value is RiskMathError {
    return typeof value === 'object' && value !== null && (BRAND in value || (value as Error).name === 'RiskMathError');
  }
}
