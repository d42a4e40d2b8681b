import { HttpException } from '@nestjs/common';
import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { isInfrastructureError, sqlState } from '@risk-budget/persistence';
import { KitError } from './kit-error.js';
import type { KitErrorCode } from './error-catalogue.js';

/** Errors that Fastify itself raises before a handler runs. */
const fastifyCodes: Readonly<Record<string, KitErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_BAD_URL: 'URL_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'URL_TOO_LONG',
  FST_ERR_ASYNC_CONSTRAINT: 'REQUEST_MALFORMED',
};

/** Statuses of plain HTTP exceptions, for which a code of ours says the same. */
const statusCodes: Readonly<Record<number, KitErrorCode>> = {
  400: 'VALIDATION_FAILED',
  401: 'TOKEN_INVALID',
  403: 'ROLE_REQUIRED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  412: 'PRECONDITION_FAILED',
  413: 'BODY_TOO_LARGE',
  414: 'URL_TOO_LONG',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  428: 'PRECONDITION_REQUIRED',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'INFRASTRUCTURE_UNAVAILABLE',
};

/** Values that PostgreSQL cannot hold: the input's fault, even where a schema has let them through. */
const refusedValues = new Set(['22001', '22003', '22007', '22008', '22021', '22P02', '22P03', '22P05']);

/** Any thrown value as an error with a code: bad input is never a 500, and only a defect of ours is. */
export function toCodedError(error: unknown): CodedError {
  if (CodedError.is(error)) return error;
  if (isInfrastructureError(error))
    return new KitError('INFRASTRUCTURE_UNAVAILABLE', { retryAfterSeconds: 2, cause: error });
  const shaped = shapedError(error);
  if (shaped !== undefined) return shaped;
  if (error instanceof HttpException) return ofStatus(error.getStatus(), error.message, error);
  const fastifyCode = fastifyCodes[property(error, 'code') ?? ''];
  if (fastifyCode !== undefined) return new KitError(fastifyCode, { cause: error });
  const state = sqlState(error);
  if (state !== undefined && refusedValues.has(state)) return new KitError('INPUT_REFUSED', { cause: error });
  if (state === '23505') return new KitError('ALREADY_EXISTS', { cause: error });
  const status = numeric(error, 'statusCode');
  if (status !== undefined && status >= 400 && status < 500)
    return ofStatus(status, String(property(error, 'message') ?? ''), error);
  return new KitError('INTERNAL', { cause: error });
}

function ofStatus(status: number, detail: string, cause: unknown): CodedError {
  const code = statusCodes[status];
  if (code !== undefined) return new KitError(code, { cause, ...(detail === '' ? {} : { detail }) });
  if (status >= 400 && status < 500) return new CodedError({ code: `HTTP_${status}`, status, detail, cause });
  return new KitError('INTERNAL', { cause });
}

/** Errors of libraries that know nothing of contracts, but carry a code, a status and a sentence. */
function shapedError(error: unknown): CodedError | undefined {
  const [code, detail, status] = [property(error, 'code'), property(error, 'detail'), numeric(error, 'status')];
  if (code === undefined || detail === undefined || status === undefined || !/^[A-Z]/.test(code)) return undefined;
  const errors = (error as { errors?: unknown }).errors;
  return new CodedError({
    code,
    status,
    detail,
    cause: error,
    ...(Array.isArray(errors) ? { errors: errors as FieldProblem[] } : {}),
  });
}

function property(error: unknown, name: string): string | undefined {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function numeric(error: unknown, name: string): number | undefined {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}
