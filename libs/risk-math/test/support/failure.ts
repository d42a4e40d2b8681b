import { RiskMathError } from '../../src/index.js';

/** The typed failure of a call; fails the test when there is none, or another kind of error. */
export function failureOf(call: () => unknown): RiskMathError {
  try {
    call();
  } catch (error) {
    if (RiskMathError.is(error)) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}
