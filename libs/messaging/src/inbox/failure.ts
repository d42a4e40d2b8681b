import { CodedError } from '@risk-budget/contracts';
import { isInfrastructureError } from '@risk-budget/persistence';
import type { FailureRecord } from './refused-rows.js';

/** Tries that a failing message gets, and the time they may take. */
export const MAX_ATTEMPTS = 5;
export const MAX_ATTEMPT_MS = 30_000;

/** Pauses before the second and every further try, in ms. */
const pauses = [200, 1_000, 4_000, 10_000];

export { isInfrastructureError };

/** The pause after a number of failed tries; undefined when the message is to be parked now. */
export function pauseAfter(attempts: number, elapsedMs: number, error: unknown): number | undefined {
  if (CodedError.is(error) && !error.retryable) return undefined;
  const pause = pauses[attempts - 1];
  return attempts >= MAX_ATTEMPTS || pause === undefined || elapsedMs + pause > MAX_ATTEMPT_MS ? undefined : pause;
}

/** What an operator is told of a failure. */
export function recordFailure(error: unknown, attempts: number): FailureRecord {
  const code = CodedError.is(error) ? error.code : codeOf(error);
  const text = CodedError.is(error) ? error.detail : error instanceof Error ? error.message : describe(error);
  return { code, text: text.slice(0, 2_000), attempts };
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A failure that Nest's own filter has made anonymous is an object with a message. */
function describe(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}
