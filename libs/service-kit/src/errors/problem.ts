import { STATUS_CODES } from 'node:http';
import type { CodedError, FieldProblem } from '@risk-budget/contracts';
import { z } from 'zod';

export const problemContentType = 'application/problem+json';

/** The body of every answer that is an error (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly correlationId: string;
  readonly errors: readonly FieldProblem[];
}

export const problemSchema = z
  .object({
    type: z.string().describe('where the code is described'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().describe('stable code of the error'),
    detail: z.string(),
    instance: z.string().describe('path of the request'),
    correlationId: z.string(),
    errors: z
      .array(z.object({ field: z.string(), problem: z.string(), allowed: z.string().optional() }))
      .describe('fields at fault, when single fields are'),
  })
  .describe('An error, as application/problem+json (RFC 9457)');

/** Describes an error to a client; nothing of its cause is part of it. */
export function problemOf(error: CodedError, instance: string, correlationId: string): Problem {
  return {
    type: `/docs/errors#${error.code}`,
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    code: error.code,
    detail: error.detail,
    instance,
    correlationId,
    errors: error.errors,
  };
}

/** Headers that go with an error: when to try again, how to authenticate, what is allowed. */
export function problemHeaders(error: CodedError): Record<string, string> {
  const extra = 'headers' in error ? (error.headers as Readonly<Record<string, string>>) : {};
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 || error.status === 429 ? 1 : undefined);
  return {
    'content-type': problemContentType,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
    ...extra,
  };
}
