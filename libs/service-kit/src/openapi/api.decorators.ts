import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse, type SchemaObject } from '@nestjs/swagger';
import type { z } from 'zod';

/** Metadata key of {@link ApiProblems}. */
export const problemsKey = 'risk-budget:problems';
/** Metadata key of {@link Returns}. */
export const returnsKey = 'risk-budget:returns';

/** Codes that a route answers with, by HTTP status. */
export type ProblemCodes = Readonly<Record<number, readonly string[]>>;

/** What a route answers when it succeeds. */
export interface ReturnedAnswer {
  readonly status: number;
  readonly schema: z.ZodType | undefined;
}

/**
 * Names the route's own error codes by status, for the OpenAPI document:
 * `@ApiProblems({ 404: ['LIMITS.UNKNOWN_LIMIT'], 409: ['LIMITS.OVERLAP'] })`. Those that follow from the route's other decorators
 * (tokens, roles, validation, limits, idempotency, preconditions) are added by themselves.
 */
export const ApiProblems = (codes: ProblemCodes): MethodDecorator & ClassDecorator => SetMetadata(problemsKey, codes);

/** The answer of a route as a zod schema: documented, and checked on every answer where `checkResponses` is on (tests). */
export function Returns(schema: z.ZodType, options: { status?: number; description?: string } = {}): MethodDecorator {
  const status = options.status ?? 200;
  return applyDecorators(
    SetMetadata(returnsKey, { status, schema } satisfies ReturnedAnswer),
    ApiResponse({ status, description: options.description ?? '', standardSchema: schema }),
  );
}

/** An answer that is no JSON document, for example `text/csv` or `text/event-stream`. */
export function ReturnsText(
  contentType: string,
  options: { status?: number; description?: string } = {},
): MethodDecorator {
  const schema: SchemaObject = { type: 'string' };
  return applyDecorators(
    ApiResponse({
      status: options.status ?? 200,
      description: options.description ?? '',
      content: { [contentType]: { schema } },
    }),
  );
}
